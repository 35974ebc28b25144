"""By what staff may narrow a list of the desk: by its own filters and links. A list that can be narrowed by a secret
tells it, letter by letter.
"""

import html
import re
from urllib.parse import urljoin

import pytest
from django.contrib import admin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.utils import timezone

from accounts.models import StaffAct, Token
from rooms.models import Membership, Room
from rooms.moderation.models import Report
from rooms.webhooks.models import Delivery, IncomingHook, OutgoingHook, new_bot
from tests.people import sign_in, unique
from tests.staff_pages import said

pytestmark = [pytest.mark.django_db, pytest.mark.once("embedded")]
SECRETS = {"password", "digest", "secret", "session_key", "session_data", "pair_key"}
DESKS = sorted(admin.site._registry.items(), key=lambda each: each[0]._meta.label)
NONSENSE = ["-1", "9" * 22, "0" * 20 + "9" * 25, "9" * 5000, "\0", "٣"]
over_all_desks = pytest.mark.parametrize(("model", "desk"), DESKS, ids=[model._meta.label for model, _desk in DESKS])


@pytest.fixture
def filled(luz):
    """Something on every list of the desk."""
    room = Room.create(luz, unique("Chess"))
    message = said(luz, room, "check mate")
    Report.make(luz, room.pk, message.seq, "it hurts")
    Membership.objects.filter(room=room, user=luz).update(muted_at=timezone.now(), muted_by=luz)
    Token.make(luz, "script")
    StaffAct.note(luz, "ban", luz)
    IncomingHook.make(room, new_bot(unique("bot")), luz)
    hook = OutgoingHook.make(room, "https://example.org/", luz)
    Delivery.objects.create(hook=hook, message=message, version=message.version)


def list_of(model):
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def own_lookups(staff, desk):
    """The parameters of the desk's filters and of what links to it."""
    specs = staff.get(list_of(desk.model)).context["cl"].filter_specs
    simple = {one.parameter_name for one in desk.list_filter if isinstance(one, type)}
    return {*desk.linked_by, *simple, *(name for spec in specs for name in spec.expected_parameters())}


def paths_of(model):
    """All that can be asked of a model, and of those it is related to."""
    for field in model._meta.get_fields():
        yield field.name
        if field.is_relation:
            yield from (f"{field.name}__{other.name}" for other in field.related_model._meta.get_fields())


@over_all_desks
def test_a_list_is_narrowed_by_its_own_filters_and_links_and_by_nothing_else(staff, rf, model, desk):
    own = own_lookups(staff, desk)
    assert SECRETS.isdisjoint(part for lookup in own for part in lookup.split("__"))
    paths = {"pk", *paths_of(model)}
    for lookup in {f"{path}{way}" for path in paths for way in ("", "__exact", "__gte", "__startswith")} - own:
        request = rf.get(list_of(model), {lookup: "1"})
        request.user = staff.person
        with pytest.raises(DisallowedModelAdminLookup):
            pytest.fail(f"{lookup}: {desk.get_changelist_instance(request)}")


@pytest.mark.parametrize(
    ("address", "lookup"),
    [
        ("accounts/user", "sessions__session_key__startswith"),
        ("accounts/user", "sessions__pk__gte"),
        ("accounts/user", "sessions__gte"),
        ("accounts/user", "tokens__digest__startswith"),
        ("accounts/user", "password__startswith"),
        ("accounts/token", "digest__startswith"),
        ("accounts/token", "user__sessions__gte"),
        ("rooms/outgoinghook", "secret__startswith"),
        ("rooms/report", "author__sessions__session_key__startswith"),
    ],
)
def test_no_list_tells_whether_a_secret_begins_so(staff, luz, filled, address, lookup):
    for beginning in (sign_in(luz)[:1], "~"):
        for others in ({}, {"id__exact": luz.pk}, {"q": luz.username}):
            assert staff.get(f"/admin/{address}/", {lookup: beginning, **others}).status_code == 400


def links_of(page):
    """The addresses of other lists, narrowed, that a page of the desk leads to."""
    hrefs = {html.unescape(href) for href in re.findall(r'href="([^"]*\?[^"]*)"', page.content.decode())}
    return {urljoin(page.request["PATH_INFO"], href) for href in hrefs}


@over_all_desks
def test_what_the_desk_s_own_pages_link_to_is_there(staff, filled, model, desk):
    one = staff.get(list_of(model)).context["cl"].result_list
    pages = [staff.get(list_of(model)), *(staff.get(desk.page_of(first)) for first in one[:1])]
    for address in set().union(*map(links_of, pages)):
        assert staff.get(address).status_code == 200, address


@over_all_desks
@pytest.mark.both_footings
def test_nonsense_in_a_parameter_of_a_list_is_no_fault(staff, filled, model, desk):
    for lookup in own_lookups(staff, desk):
        for word in NONSENSE:
            assert staff.get(list_of(model), {lookup: word}).status_code in (200, 302), (lookup, word)


@pytest.mark.parametrize("words", ["\0", "a " * 1500, "x" * 100_000], ids=["nul", "many", "long"])
@pytest.mark.both_footings
def test_a_search_for_what_no_database_can_look_for_finds_nothing(staff, filled, words):
    for model, _desk in DESKS:
        page = staff.get(list_of(model), {"q": words})
        assert page.status_code == 200 and (words == "\0" or not page.context["cl"].result_list)
    offered = {"app_label": "accounts", "model_name": "token", "field_name": "user", "term": words}
    assert staff.get("/admin/autocomplete/", offered).json()["results"] == []


@over_all_desks
@pytest.mark.both_footings
def test_nonsense_is_nothing_that_an_act_could_be_done_to(staff, filled, model, desk):
    for word in NONSENSE:
        for name in [*desk.actions][:1] if desk.actions else ():
            form = {"_selected_action": word, "action": name}
            assert staff.post(list_of(model), form).status_code == 302
