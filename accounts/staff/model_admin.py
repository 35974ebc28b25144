"""What all pages of the staff's desk share: lists that count nothing, and acts that are asked for, done and noted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import StaffAct
from accounts.models.ban import REASON_CHARACTERS
from common.api.schemas import MAX_ID, MAX_ID_DIGITS
from common.errors import ExpectedError

MOST_PAGES = 1000
SEARCH_CHARACTERS = 500  # SQLite takes no condition with more than a thousand parts
# What acts are called: a word of the staff log, and how people read it.
LABELS = {
    "added": gettext_lazy("Added"),
    "changed": gettext_lazy("Changed"),
    "deleted": gettext_lazy("Deleted"),
    "went": gettext_lazy("Deleted their own account"),
}
FROM_PAGE = "from_page"  # an act that was asked for on the page of what it is done to


class Leaf(ChangeList):
    """One page of a list. What stands on the others is not counted: of a million rows that would take a second."""

    def __init__(self, request, *args):
        super().__init__(request, *args)
        self.title = capfirst(str(self.opts.verbose_name_plural))

    def get_filters(self, request):
        """Only by the desk's own filters and links: what else Django lets through would tell a secret by what is found.

        The key of somebody's session, for one, letter by letter.
        """
        if any("\0" in value for values in self.get_filters_params().values() for value in values):
            raise IncorrectLookupParameters  # PostgreSQL takes none
        found = super().get_filters(request)
        for lookup in found[2].keys() - {*cast(Desk, self.model_admin).linked_by}:
            raise DisallowedModelAdminLookup(f"Filtering by {lookup} not allowed")
        return found

    def get_results(self, request):
        if not 1 <= self.page_num <= MOST_PAGES:
            raise IncorrectLookupParameters
        first = (self.page_num - 1) * self.list_per_page
        found = list(self.queryset[first : first + self.list_per_page + 1])
        self.has_more = len(found) > self.list_per_page
        self.result_list = found[: self.list_per_page]
        cast(Desk, self.model_admin).look_up(self.result_list)
        self.result_count = self.full_result_count = len(self.result_list)
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = True
        self.paginator = Paginator(self.result_list, self.list_per_page)

    @property
    def back_url(self):
        return self.get_query_string({"p": self.page_num - 1}) if self.page_num > 1 else None

    @property
    def on_url(self):
        return self.get_query_string({"p": self.page_num + 1}) if self.has_more else None


class Narrowing(admin.SimpleListFilter):
    """Narrows a list to what meets a condition."""

    def conditions(self):
        """`{value: (label, condition)}`."""
        raise NotImplementedError

    def lookups(self, request, model_admin):
        return [(value, label) for value, (label, _condition) in self.conditions().items()]

    def queryset(self, request, queryset):
        found = self.conditions().get(self.value() or "")
        return queryset.filter(found[1]) if found else queryset


class Reason(forms.Form):
    """What is asked before an act."""

    reason = forms.CharField(label=gettext_lazy("Why"), max_length=REASON_CHARACTERS, required=False)


@dataclass(frozen=True, slots=True)
class Act:
    name: str
    label: Any
    question: type[forms.Form]
    perform: Callable
    is_noted: bool


def act(label, question=Reason, *, is_noted=False):
    """Make `perform(desk, request, one, answers)` an action of a desk: asked for first, then done to each, and noted.

    It may answer with a text for the log's details, or with a response to show; and raise what `ExpectedError` is.
    `is_noted`: the verb it calls notes it.
    """

    def decorate(perform):
        LABELS[perform.__name__] = label

        @admin.action(description=label)
        @wraps(perform)
        def action(desk, request, queryset):
            return desk.ask(request, queryset, Act(perform.__name__, label, question, perform, is_noted))

        return action

    return decorate


class Desk(admin.ModelAdmin):
    """A page of the desk: for all staff. What only the site's owners may do, the pages say themselves."""

    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    change_form_template = "admin/desk_change_form.html"
    can_add = can_change = can_delete = False
    linked_by: Sequence[str] = ()  # the lookups of links that lead to this list, beside its own filters

    def get_changelist(self, request, **kwargs):
        return Leaf

    def get_search_results(self, request, queryset, search_term):
        """Of what no database can look for there is nothing."""
        if len(search_term) > SEARCH_CHARACTERS or "\0" in search_term:
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)

    def look_up(self, rows):
        """Find for all rows of a page at once what its columns show beside their fields, and put it on the rows."""

    def has_module_permission(self, request):
        return request.user.is_active and request.user.is_staff

    def has_view_permission(self, request, obj=None):
        return self.has_module_permission(request)

    def has_add_permission(self, request):
        return self.can_add and self.has_module_permission(request)

    def has_change_permission(self, request, obj=None):
        return self.can_change and self.has_module_permission(request)

    def has_delete_permission(self, request, obj=None):
        return self.can_delete and self.has_module_permission(request)

    def get_actions(self, request):
        """Those of the page, even where nothing can be changed by a form; deletion is for pages of their own."""
        found = super().get_actions(request)
        return {name: action for name, action in found.items() if name != "delete_selected"}

    def acts_on(self, request, obj):
        """`(name, label)` of what may be done to this one."""
        return [(name, label) for name, (_call, _name, label) in self.get_actions(request).items()]

    def may_touch(self, request, obj):
        """Whether this member of staff may act on this one."""
        return True

    def get_object(self, request, object_id, from_field=None):
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            self.look_up([found])
        return found

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None and self.may_touch(request, obj):
            context["acts"] = self.acts_on(request, obj)
        if obj is not None:
            context["title"] = capfirst(self.opts.verbose_name)
        return super().render_change_form(request, context, add, change, form_url, obj)

    # --- Acts (`action` is an `Act`)

    def response_action(self, request, queryset, *_where):
        """Do to the rows that were chosen, and to no others, what was chosen; nonsense is no choice."""
        name = next(filter(None, request.POST.getlist("action")), "")
        chosen = [pk for pk in request.POST.getlist(ACTION_CHECKBOX_NAME) if is_key(pk)]
        actions = self.get_actions(request)
        if name not in actions or not chosen:
            self.message_user(request, _("Choose what to do, and to which of them."), messages.WARNING)
            return None
        response = actions[name][0](self, request, queryset.filter(pk__in=chosen))
        return response or redirect(request.get_full_path())

    def ask(self, request, queryset, action):
        """Show what is about to be done to whom, and do it once that is confirmed."""
        is_confirmed = "confirmed" in request.POST
        form = action.question(request.POST if is_confirmed else None)
        chosen = [one for one in queryset if self.may_touch(request, one)]
        if not chosen:
            self.message_user(request, _("That is not yours to do."), messages.ERROR)
            return None
        if is_confirmed and form.is_valid():
            answer = self.do_all(request, chosen, action, form.cleaned_data)
            return answer or self._back(request, chosen)
        return self._question(request, chosen, action, form)

    def _question(self, request, chosen, action, form):
        context = {**self.admin_site.each_context(request), "title": action.label, "opts": self.opts}
        named = [(one.pk, self.told_of(one)) for one in chosen]
        context |= {"chosen": named, "form": form, "action": action.name, "media": self.media}
        context["from_page"] = request.POST.get(FROM_PAGE, "")
        return TemplateResponse(request, "admin/ask.html", context)

    def told_of(self, one):
        """What is said of one where staff are asked whether they are sure."""
        return str(one)

    def do_all(self, request, chosen, action, answers):
        done = 0
        for one in chosen:
            try:
                result = action.perform(self, request, one, answers)
            except (ExpectedError, ValidationError) as refused:
                self.message_user(request, f"{self.told_of(one)}: {words_of(refused)}", messages.ERROR)
                continue
            done += 1
            details = result if isinstance(result, str) else ""
            if not action.is_noted:
                StaffAct.note(request.user, action.name, one, details=details, why=answers.get("reason", ""))
            if isinstance(result, HttpResponse):
                return result
        if done:
            self.message_user(request, _("Done: %(label)s (%(count)s)") % {"label": action.label, "count": done})
        return None

    def _back(self, request, chosen):
        if request.POST.get(FROM_PAGE) and len(chosen) == 1:
            return redirect(self.page_of(chosen[0]))
        return None

    def show_secret(self, request, words, secret, back):
        """A page for what is shown this once."""
        context = {**self.admin_site.each_context(request), "title": self.opts.verbose_name, "opts": self.opts}
        context |= {"words": words, "secret": secret, "back": back}
        return TemplateResponse(request, "admin/secret.html", context, headers={"Cache-Control": "no-store"})

    def page_of(self, obj):
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk])

    # --- What Django notes for itself goes into the staff log as well

    def log_addition(self, request, obj, message):
        return self._note(request, "added", obj, super().log_addition(request, obj, message))

    def log_change(self, request, obj, message):
        return self._note(request, "changed", obj, super().log_change(request, obj, message))

    def _note(self, request, what, obj, entry):
        StaffAct.note(request.user, what, obj, details=entry.get_change_message())
        return entry

    def log_deletions(self, request, queryset):
        for one in queryset:
            StaffAct.note(request.user, "deleted", one)
        return super().log_deletions(request, queryset)


def is_key(text):
    """Whether a row could have it as its key."""
    return text.isascii() and text.isdigit() and len(text) <= MAX_ID_DIGITS and int(text) <= MAX_ID


def words_of(refused):
    return refused.text if isinstance(refused, ExpectedError) else " ".join(refused.messages)
