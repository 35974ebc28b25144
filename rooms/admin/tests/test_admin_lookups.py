"""Lookups in the staff site's lists: only declared ones, or a list would disclose secrets one letter at a time."""

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
from tests.staff_pages import write_message

pytestmark = [pytest.mark.django_db, pytest.mark.once("grown")]
SECRETS = {"password", "digest", "secret", "session_key", "session_data", "pair_key"}
PAGES = sorted(admin.site._registry.items(), key=lambda each: each[0]._meta.label)
INVALID = ["-1", "9" * 22, "0" * 20 + "9" * 25, "9" * 5000, "\0", "٣"]
for_every_page = pytest.mark.parametrize(
    ("model", "page_admin"), PAGES, ids=[model._meta.label for model, _admin in PAGES]
)


@pytest.fixture
def filled(luz):
    """An object on every list."""
    room = Room.create(luz, unique("Chess"))
    message = write_message(luz, room, "check mate")
    Report.make(luz, room.pk, message.seq, "it hurts")
    Membership.objects.filter(room=room, user=luz).update(muted_at=timezone.now(), muted_by=luz)
    Token.issue(luz, "script")
    StaffAct.record(luz, "ban", luz)
    IncomingHook.make(room, new_bot(unique("bot")), luz)
    hook = OutgoingHook.make(room, "https://example.org/", luz)
    Delivery.objects.create(hook=hook, message=message, version=message.version)


def list_of(model):
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def declared_lookups(staff, page_admin):
    """Query parameters of the page's filters and of links to it."""
    specs = staff.get(list_of(page_admin.model)).context["cl"].filter_specs
    simple = {one.parameter_name for one in page_admin.list_filter if isinstance(one, type)}
    return {*page_admin.link_lookups, *simple, *(name for spec in specs for name in spec.expected_parameters())}


def paths_of(model):
    """Lookup paths of a model's fields and of its relations' fields."""
    for field in model._meta.get_fields():
        yield field.name
        if field.is_relation:
            yield from (f"{field.name}__{other.name}" for other in field.related_model._meta.get_fields())


@for_every_page
def test_lists_accept_only_declared_lookups(staff, rf, model, page_admin):
    own = declared_lookups(staff, page_admin)
    assert SECRETS.isdisjoint(part for lookup in own for part in lookup.split("__"))
    paths = {"pk", *paths_of(model)}
    for lookup in {f"{path}{way}" for path in paths for way in ("", "__exact", "__gte", "__startswith")} - own:
        request = rf.get(list_of(model), {lookup: "1"})
        request.user = staff.person
        with pytest.raises(DisallowedModelAdminLookup):
            pytest.fail(f"{lookup}: {page_admin.get_changelist_instance(request)}")


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
def test_secrets_cannot_be_probed_by_lookups(staff, luz, filled, address, lookup):
    for beginning in (sign_in(luz)[:1], "~"):
        for others in ({}, {"id__exact": luz.pk}, {"q": luz.username}):
            assert staff.get(f"/admin/{address}/", {lookup: beginning, **others}).status_code == 400


def links_of(page):
    """URLs with a query string that a page links to."""
    hrefs = {html.unescape(href) for href in re.findall(r'href="([^"]*\?[^"]*)"', page.content.decode())}
    return {urljoin(page.request["PATH_INFO"], href) for href in hrefs}


@for_every_page
def test_links_between_pages_work(staff, filled, model, page_admin):
    one = staff.get(list_of(model)).context["cl"].result_list
    pages = [staff.get(list_of(model)), *(staff.get(page_admin.change_url(first)) for first in one[:1])]
    for address in set().union(*map(links_of, pages)):
        assert staff.get(address).status_code == 200, address


@pytest.mark.both_footings
@for_every_page
def test_invalid_filter_values_are_no_server_error(staff, filled, model, page_admin):
    for lookup in declared_lookups(staff, page_admin):
        for word in INVALID:
            assert staff.get(list_of(model), {lookup: word}).status_code in (200, 302), (lookup, word)


@pytest.mark.both_footings
@pytest.mark.parametrize("words", ["\0", "a " * 1500, "x" * 100_000], ids=["nul", "many", "long"])
def test_unsearchable_terms_find_nothing(staff, filled, words):
    for model, _admin in PAGES:
        page = staff.get(list_of(model), {"q": words})
        assert page.status_code == 200 and (words == "\0" or not page.context["cl"].result_list)
    offered = {"app_label": "accounts", "model_name": "token", "field_name": "user", "term": words}
    assert staff.get("/admin/autocomplete/", offered).json()["results"] == []


@pytest.mark.both_footings
@for_every_page
def test_actions_ignore_invalid_ids(staff, filled, model, page_admin):
    for word in INVALID:
        for name in [*page_admin.actions][:1] if page_admin.actions else ():
            form = {"_selected_action": word, "action": name}
            assert staff.post(list_of(model), form).status_code == 302
