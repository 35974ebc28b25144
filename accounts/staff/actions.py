"""Object actions of the staff site: confirmed with a form, performed on each chosen object, recorded in the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.models.ban import REASON_CHARACTERS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from .model_admin import StaffModelAdmin

AdminT = TypeVar("AdminT", bound="StaffModelAdmin")
ModelT = TypeVar("ModelT", bound=Model)

# The `cleaned_data` of the action's form, which Django leaves untyped.
CleanedData = Mapping[str, Any]
# Details for the log, or a response to show in place of the list.
ActionResult = str | HttpResponse | None
Perform = Callable[[AdminT, HttpRequest, ModelT, CleanedData], ActionResult]
AdminAction = Callable[[AdminT, HttpRequest, QuerySet[ModelT]], HttpResponse | None]


class ReasonForm(forms.Form):
    """The default form of an action: an optional reason, for the log."""

    reason = forms.CharField(label=_("Why"), max_length=REASON_CHARACTERS, required=False)


@dataclass(frozen=True, slots=True)
class ObjectAction:
    """`perform` is called once for each object; `is_recorded`: it adds to the log itself."""

    name: str
    label: StrOrPromise
    form_class: type[forms.Form]
    perform: Callable[..., ActionResult]
    is_recorded: bool


def object_action(
    label: StrOrPromise, form_class: type[forms.Form] = ReasonForm, *, is_recorded: bool = False
) -> Callable[[Perform[AdminT, ModelT]], AdminAction[AdminT, ModelT]]:
    """Make a method `perform(self, request, obj, cleaned_data)` an admin action of a `StaffModelAdmin`.

    `perform` returns details for the log, a response to show, or None, and may raise `ExpectedError` or
    `ValidationError`. `is_recorded`: the method it calls adds to the log.
    """

    def decorate(perform: Perform[AdminT, ModelT]) -> AdminAction[AdminT, ModelT]:
        @admin.action(description=label)
        @wraps(perform)
        def action(model_admin: AdminT, request: HttpRequest, queryset: QuerySet[ModelT]) -> HttpResponse | None:
            chosen = ObjectAction(perform.__name__, label, form_class, perform, is_recorded)
            return model_admin.confirm(request, queryset, chosen)

        return action

    return decorate
