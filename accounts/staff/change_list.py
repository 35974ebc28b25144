"""Change lists of the staff site: pagination without a count, and a fixed set of filters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from .model_admin import StaffModelAdmin

MAX_PAGES = 1000


class UncountedChangeList(ChangeList):
    """A page of a list without its total: counting a million rows would take a second."""

    model_admin: StaffModelAdmin

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        super().__init__(request, *args)
        self.title = capfirst(str(self.opts.verbose_name_plural))

    def get_filters(self, request: HttpRequest) -> Any:
        """Allow `list_filter` and `link_lookups` only.

        By Django's default any lookup is allowed, and would disclose secrets, such as a session key, one letter at
        a time.
        """
        if any("\0" in value for values in self.get_filters_params().values() for value in values):
            raise IncorrectLookupParameters  # PostgreSQL rejects NUL
        found = super().get_filters(request)
        for lookup in found[2].keys() - {*self.model_admin.link_lookups}:
            raise DisallowedModelAdminLookup(f"Filtering by {lookup} not allowed")
        return found

    def get_results(self, request: HttpRequest) -> None:
        if not 1 <= self.page_num <= MAX_PAGES:
            raise IncorrectLookupParameters
        first = (self.page_num - 1) * self.list_per_page
        rows = list(self.queryset[first : first + self.list_per_page + 1])
        self.has_more = len(rows) > self.list_per_page
        self.result_list = rows[: self.list_per_page]
        self.model_admin.annotate_rows(self.result_list)
        self.result_count = self.full_result_count = len(self.result_list)
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = True
        self.paginator = Paginator(self.result_list, self.list_per_page)

    @property
    def back_url(self) -> str | None:
        """The query string of the previous page."""
        return self.get_query_string({"p": self.page_num - 1}) if self.page_num > 1 else None

    @property
    def on_url(self) -> str | None:
        """The query string of the next page."""
        return self.get_query_string({"p": self.page_num + 1}) if self.has_more else None


class ListFilter(admin.SimpleListFilter):
    """A list filter whose choices are query conditions."""

    def conditions(self) -> dict[str, tuple[StrOrPromise, Q]]:
        """`{value in the query string: (label, condition)}`."""
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: object) -> Sequence[tuple[str, StrOrPromise]]:
        return [(value, label) for value, (label, _condition) in self.conditions().items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.conditions().get(self.value() or "")
        return queryset.filter(chosen[1]) if chosen else queryset
