"""The staff site: contents of its pages, number of queries, and permissions."""

import datetime
import re

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import StaffAct, Token, User
from accounts.staff.model_admin import StaffModelAdmin
from rooms.announcements.models import Announcement
from rooms.models import Membership, Message, Room
from rooms.moderation.models import Report
from rooms.presence.models import Process, Socket
from tests.people import sign_in, sign_up, unique
from tests.staff_pages import run_action, sign_in_staff, write_message

pytestmark = [pytest.mark.django_db, pytest.mark.once("embedded")]
LISTS = ["accounts/user", "accounts/token", "accounts/staffact", "accounts/invitation", "rooms/room", "rooms/message"]
LISTS += ["rooms/membership", "rooms/announcement", "rooms/report", "rooms/incominghook", "rooms/outgoinghook"]
LISTS += ["rooms/delivery", "rooms/muted"]


def connect(user, room):
    process = Process.objects.create(name="test", expires_at=timezone.now() + datetime.timedelta(minutes=1))
    Socket.objects.create(pk=user.pk, process=process, user=user, room=room)


# --- Contents


def test_every_page_has_the_common_base_class():
    assert {page.__class__ for page in admin.site._registry.values() if not isinstance(page, StaffModelAdmin)} == set()


def test_user_list_shows_person_and_room(staff, luz):
    room = Room.create(luz, unique("Chess"))
    connect(luz, room)
    sign_in(luz)
    page = staff.get("/admin/accounts/user/", {"q": luz.username}).content.decode()
    row = re.search(r"<tbody>.*</tbody>", page, re.DOTALL)[0]
    for shown in (luz.username, "Luz Clara", "Female", room.name):
        assert shown in row
    assert f'<td class="field-age">{luz.age}</td>' in row and '<td class="field-sessions">2</td>' in row


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ({"connected": "yes"}, True),
        ({"connected": "no"}, False),
        ({"age": "30-49"}, True),
        ({"age": "0-17"}, False),
        ({"age": "unknown"}, False),
        ({"seen": "day"}, True),
        ({"seen": "never"}, False),
        ({"standing": "banned"}, False),
        ({"gender__exact": "F"}, True),
        ({"gender__exact": "M"}, False),
        ({"standing": "nonsense"}, True),
    ],
)
def test_user_list_filters(staff, luz, query, is_found):
    User.objects.filter(pk=luz.pk).update(
        last_seen_at=timezone.now(), birth_date=timezone.localdate() - datetime.timedelta(days=366 * 35)
    )
    connect(luz, Room.default())
    page = staff.get("/admin/accounts/user/", {"q": luz.username, **query}).content.decode()
    assert (f">{luz.username}</a>" in page) == is_found


def test_room_page_shows_users_and_last_messages_of_closed_room(staff, luz):
    room = Room.create(luz, unique("Chess"))
    connect(luz, room)
    write_message(luz, room, "check <mate>")
    room.close(luz)
    page = staff.get(f"/admin/rooms/room/{room.pk}/change/").content.decode()
    assert "check &lt;mate&gt;" in page and luz.username in page
    assert room.name in staff.get("/admin/rooms/room/", {"standing": "closed"}).content.decode()


def test_private_messages_are_not_shown(owner, luz):
    secret, other = unique("secret"), sign_up("bruno").user
    room = Room.between(luz, other)
    message = write_message(luz, room, secret)
    addresses = ["/admin/", f"/admin/accounts/user/{luz.pk}/change/", f"/admin/rooms/room/{room.pk}/change/"]
    addresses += [f"/admin/rooms/message/{message.pk}/change/", f"/admin/rooms/message/?q={secret}"]
    addresses += [f"/admin/rooms/{model}/?room__id__exact={room.pk}" for model in ("message", "membership", "muted")]
    addresses += [f"/admin/rooms/message/?author__id__exact={luz.pk}", "/admin/rooms/room/?q=" + luz.username]
    for address in addresses:
        page = owner.get(address, follow=True)
        shown = re.sub(rf'(value="|q=){secret}', "", page.content.decode())
        assert page.status_code == 200 and secret not in shown
    run_action(owner, "rooms/message", message, "erase")
    message.refresh_from_db()
    assert message.text == secret


# --- Queries


def fill(luz, count):
    room = Room.create(luz, unique("Chess"))
    Token.issue(luz, "script")
    for _ in range(count):
        person = User.objects.create_user(unique("user"))
        connect(person, Room.create(person, unique("room")))
        message = write_message(person, room, unique("text"))
        Report.make(luz, room.pk, message.seq, "it hurts")
        Report.make(person, room.pk, message.seq)
        Membership.objects.filter(room=room, user=person).update(muted_at=timezone.now(), muted_by=luz)
        Token.issue(person, "script")
        StaffAct.record(person, "ban", luz)
        Announcement.objects.create(text="x", by=person)


def queries_of(client, address):
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in asked]


@pytest.mark.both_footings
def test_list_queries_are_constant_and_without_count(staff, luz):
    fill(luz, 2)
    few = {model: queries_of(staff, f"/admin/{model}/") for model in LISTS}
    fill(luz, 50)
    for model in LISTS:
        asked = queries_of(staff, f"/admin/{model}/")
        assert len(asked) == len(few[model]) <= 6
        assert not [sql for sql in asked if "COUNT(*)" in sql]


@pytest.mark.both_footings
@pytest.mark.parametrize("model", ["accounts/user", "rooms/room", "rooms/message", "rooms/report", "rooms/muted"])
def test_object_page_queries_are_few(staff, luz, model):
    fill(luz, 20)
    one = {"accounts/user": luz, "rooms/room": Room.objects.get(owner=luz), "rooms/message": Message.objects.last()}
    one |= {"rooms/report": Report.objects.last(), "rooms/muted": Membership.objects.filter(muted_by=luz).last()}
    asked = queries_of(staff, f"/admin/{model}/{one[model].pk}/change/")
    assert len(asked) <= 12
    assert not [sql for sql in asked if "COUNT(*)" in sql]


def test_list_pagination(staff, luz):
    StaffAct.objects.bulk_create(StaffAct(by_id=luz.pk, by_name=luz.username, what="ban") for _ in range(60))
    first = staff.get("/admin/accounts/staffact/")
    assert len(first.context["cl"].result_list) == 50 and 'rel="next"' in first.content.decode()
    second = staff.get("/admin/accounts/staffact/?p=2").content.decode()
    assert 'rel="prev"' in second and 'rel="next"' not in second


# --- Permissions


def test_staff_cannot_act_on_staff(staff, owner, luz):
    for other in (owner.person, sign_in_staff().person):
        run_action(staff, "accounts/user", other, "ban", reason="x")
        other.refresh_from_db()
        assert not other.is_banned
        assert staff.get(f"/admin/accounts/user/{other.pk}/password/").status_code == 403
        assert 'name="username"' not in staff.get(f"/admin/accounts/user/{other.pk}/change/").content.decode()
    run_action(staff, "accounts/user", luz, "ban", reason="x")
    luz.refresh_from_db()
    assert luz.is_banned


def test_owner_cannot_ban_themselves(owner):
    run_action(owner, "accounts/user", owner.person, "ban", reason="x")
    owner.person.refresh_from_db()
    assert not owner.person.is_banned


def test_only_owners_appoint_staff(staff, owner, luz):
    for client, becomes_staff in ((staff, False), (owner, True)):
        form = {"username": luz.username, "gender": "F", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
        assert client.post(f"/admin/accounts/user/{luz.pk}/change/", form).status_code == 302
        luz.refresh_from_db()
        assert (luz.is_staff, luz.is_superuser) == (becomes_staff, becomes_staff)


@pytest.mark.parametrize("address", ["", *(f"{model}/" for model in LISTS)])
def test_pages_require_staff(luz, address):
    client = Client()
    assert client.get(f"/admin/{address}").status_code == 302
    client.force_login(luz)
    assert client.get(f"/admin/{address}").status_code == 302
