"""The base class of all staff pages: permissions, object actions, and entries in the staff log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.current_user import current_user
from accounts.models import StaffAct
from common.api.schemas import MAX_ID, MAX_ID_DIGITS
from common.errors import ExpectedError

from .actions import CleanedData, ObjectAction
from .change_list import UncountedChangeList

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    ModelAdmin = admin.ModelAdmin[Any]  # Django's class takes its type parameter only in its stubs
else:
    ModelAdmin = admin.ModelAdmin

SEARCH_CHARACTERS = 500  # SQLite takes no expression with more than a thousand terms
FROM_PAGE = "from_page"  # the POST parameter of an action chosen on the page of its object


class StaffModelAdmin(ModelAdmin):
    """A page open to all staff. Pages restrict further what only owners may do."""

    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    change_form_template = "admin/staff_change_form.html"
    can_add = can_change = can_delete = False
    # Lookups of links to this list, allowed beside `list_filter`.
    link_lookups: Sequence[str] = ()
    # Labels of log entries that are not recorded by actions of this page: `{StaffAct.what: label}`.
    log_labels: Mapping[str, StrOrPromise] = {}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return UncountedChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if len(search_term) > SEARCH_CHARACTERS or "\0" in search_term:
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)

    def annotate_rows(self, rows: Sequence[Any]) -> None:
        """Set attributes for computed columns on all rows of a page, with one query for each kind of value."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_staff

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.can_add and self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.can_change and self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.can_delete and self.has_module_permission(request)

    def may_act_on(self, request: HttpRequest, obj: Any) -> bool:
        """Whether this member of staff may perform actions on this object."""
        return True

    def get_actions(self, request: HttpRequest) -> dict[str, tuple[Callable[..., str], str, str] | None]:
        """All actions, also for pages without change permission, but bulk deletion."""
        return {name: found for name, found in super().get_actions(request).items() if name != "delete_selected"}

    def actions_for(self, request: HttpRequest, obj: Any) -> list[tuple[str, StrOrPromise]]:
        """`(name, label)` of the actions that make sense for this object."""
        return [(name, found[2]) for name, found in self.get_actions(request).items() if found]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            self.annotate_rows([found])
        return found

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None and self.may_act_on(request, obj):
            context["acts"] = self.actions_for(request, obj)
        if obj is not None:
            context["title"] = capfirst(self.opts.verbose_name)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *_args: Any) -> HttpResponse | None:
        """Run the chosen action on the chosen rows. Unlike Django's, never on a whole queryset, and never a 500."""
        name = next(filter(None, request.POST.getlist("action")), "")
        chosen = [pk for pk in request.POST.getlist(ACTION_CHECKBOX_NAME) if is_primary_key(pk)]
        action = self.get_actions(request).get(name)
        if action is None or not chosen:
            self.message_user(request, _("Choose what to do, and to which of them."), messages.WARNING)
            return None
        response: HttpResponse | None = cast(Callable[..., Any], action[0])(
            self, request, queryset.filter(pk__in=chosen)
        )
        return response or redirect(request.get_full_path())

    def confirm(self, request: HttpRequest, queryset: QuerySet[Any], action: ObjectAction) -> HttpResponse | None:
        """Show the confirmation page of an action, or perform the action if its form was confirmed and is valid."""
        is_confirmed = "confirmed" in request.POST
        form = action.form_class(request.POST if is_confirmed else None)
        chosen = [obj for obj in queryset if self.may_act_on(request, obj)]
        if not chosen:
            self.message_user(request, _("That is not yours to do."), messages.ERROR)
            return None
        if is_confirmed and form.is_valid():
            response = self.perform(request, chosen, action, form.cleaned_data)
            return response or self._back_to_page(request, chosen)
        return self._confirmation_page(request, chosen, action, form)

    def _confirmation_page(
        self, request: HttpRequest, chosen: Sequence[Model], action: ObjectAction, form: forms.Form
    ) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "title": action.label, "opts": self.opts}
        described = [(obj.pk, self.describe(obj)) for obj in chosen]
        context |= {"chosen": described, "form": form, "action": action.name, "media": self.media}
        context["from_page"] = request.POST.get(FROM_PAGE, "")
        return TemplateResponse(request, "admin/ask.html", context)

    def describe(self, obj: Any) -> str:
        """The object in confirmations and error messages."""
        return str(obj)

    def perform(
        self, request: HttpRequest, chosen: Sequence[Model], action: ObjectAction, cleaned_data: CleanedData
    ) -> HttpResponse | None:
        """Perform the action on each object and record it. Stops at the first response, and returns that."""
        done = 0
        for obj in chosen:
            try:
                result = action.perform(self, request, obj, cleaned_data)
            except (ExpectedError, ValidationError) as error:
                self.message_user(request, f"{self.describe(obj)}: {error_text(error)}", messages.ERROR)
                continue
            done += 1
            details = result if isinstance(result, str) else ""
            if not action.is_recorded:
                StaffAct.record(
                    current_user(request), action.name, obj, details=details, why=cleaned_data.get("reason", "")
                )
            if isinstance(result, HttpResponse):
                return result
        if done:
            self.message_user(request, _("Done: %(label)s (%(count)s)") % {"label": action.label, "count": done})
        return None

    def _back_to_page(self, request: HttpRequest, chosen: Sequence[Model]) -> HttpResponseRedirect | None:
        if request.POST.get(FROM_PAGE) and len(chosen) == 1:
            return redirect(self.change_url(chosen[0]))
        return None

    def secret_page(self, request: HttpRequest, sentence: StrOrPromise, secret: str, back_url: str) -> HttpResponse:
        """A page that shows a new secret once, and is not stored by the browser."""
        context = {**self.admin_site.each_context(request), "title": self.opts.verbose_name, "opts": self.opts}
        context |= {"words": sentence, "secret": secret, "back": back_url}
        return TemplateResponse(request, "admin/secret.html", context, headers={"Cache-Control": "no-store"})

    def change_url(self, obj: Model) -> str:
        """The URL of the object's page."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk])

    def action_label(self, what: str, default: StrOrPromise = "") -> StrOrPromise:
        """The label of a `StaffAct.what`, from the actions and `log_labels` of all pages of the site."""
        for page in self.admin_site._registry.values():
            if isinstance(page, StaffModelAdmin):
                if what in page.log_labels:
                    return page.log_labels[what]
                if what in (page.actions or ()):
                    label: StrOrPromise = getattr(page, what).short_description
                    return label
        return default

    # Django's own log entries, copied into the staff log.

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        return self._record_entry(request, "added", obj, super().log_addition(request, obj, message))

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        return self._record_entry(request, "changed", obj, super().log_change(request, obj, message))

    def _record_entry(self, request: HttpRequest, what: str, obj: Model, entry: LogEntry) -> LogEntry:
        StaffAct.record(current_user(request), what, obj, details=entry.get_change_message())
        return entry

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        for obj in queryset:
            StaffAct.record(current_user(request), "deleted", obj)
        return super().log_deletions(request, queryset)


def is_primary_key(text: str) -> bool:
    """Whether `text` can be a primary key: a non-negative number that fits into 64 bits."""
    return text.isascii() and text.isdigit() and len(text) <= MAX_ID_DIGITS and int(text) <= MAX_ID


def error_text(error: ExpectedError | ValidationError) -> str:
    """The sentence of the error, in the active language."""
    return error.text if isinstance(error, ExpectedError) else " ".join(error.messages)
