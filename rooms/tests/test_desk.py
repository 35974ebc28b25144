"""The staff's desk: what it shows, what it costs, who may do what there, and what is noted of it."""

import datetime
import re
import uuid

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.desk import Desk
from accounts.models import StaffAct, Token, User
from rooms.models import Announcement, Draft, Membership, Message, Process, Room, Socket, write
from tests.people import PASSWORD, sign_in, sign_up, unique

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "another walk, to the hills"
LISTS = ["accounts/user", "accounts/token", "accounts/staffact", "rooms/room", "rooms/message", "rooms/membership"]
LISTS += ["rooms/announcement", "rooms/report", "rooms/incominghook", "rooms/outgoinghook", "rooms/delivery"]


def at_desk(**rights):
    person = sign_up("sara", is_staff=True, **rights)
    client = Client()
    client.force_login(person.user)
    client.person = person.user
    return client


@pytest.fixture
def staff():
    return at_desk()


@pytest.fixture
def owner():
    return at_desk(is_superuser=True)


@pytest.fixture
def luz():
    return sign_up("luz", first_names="Luz", last_names="Clara", birth_date=datetime.date(1990, 5, 17), gender="F").user


def act(client, model, one, name, **answers):
    form = {"_selected_action": one.pk, "action": name, "confirmed": "1", **answers}
    return client.post(f"/admin/{model}/", form)


def say(user, room, text):
    Membership.objects.get_or_create(room=room, user=user)
    [saved] = write([Draft(user.pk, room.pk, uuid.uuid4(), text)])
    return Message.objects.get(room=room, seq=saved.message.seq)


def connect(user, room):
    process = Process.objects.create(name="test", expires_at=timezone.now() + datetime.timedelta(minutes=1))
    Socket.objects.create(pk=user.pk, process=process, user=user, room=room)


# --- What it shows


def test_every_page_of_the_admin_is_a_desk():
    assert {desk.__class__ for desk in admin.site._registry.values() if not isinstance(desk, Desk)} == set()


def test_the_list_of_users_says_who_they_are_and_where(staff, luz):
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
def test_the_list_of_users_is_narrowed(staff, luz, query, is_found):
    User.objects.filter(pk=luz.pk).update(
        last_seen_at=timezone.now(), birth_date=timezone.localdate() - datetime.timedelta(days=366 * 35)
    )
    connect(luz, Room.default())
    page = staff.get("/admin/accounts/user/", {"q": luz.username, **query}).content.decode()
    assert (f">{luz.username}</a>" in page) == is_found


def test_a_room_s_page_shows_who_is_there_and_what_was_said_last_even_when_it_is_closed(staff, luz):
    room = Room.create(luz, unique("Chess"))
    connect(luz, room)
    say(luz, room, "check <mate>")
    room.close(luz)
    page = staff.get(f"/admin/rooms/room/{room.pk}/change/").content.decode()
    assert "check &lt;mate&gt;" in page and luz.username in page
    assert room.name in staff.get("/admin/rooms/room/", {"standing": "closed"}).content.decode()


def test_private_messages_are_nobody_s_to_read(owner, luz):
    secret, other = unique("secret"), sign_up("bruno").user
    room = Room.between(luz, other)
    message = say(luz, room, secret)
    addresses = ["/admin/", f"/admin/accounts/user/{luz.pk}/change/", f"/admin/rooms/room/{room.pk}/change/"]
    addresses += [f"/admin/rooms/message/{message.pk}/change/", f"/admin/rooms/message/?q={secret}"]
    addresses += [f"/admin/rooms/{model}/?room__id__exact={room.pk}" for model in ("message", "membership", "room")]
    addresses += [f"/admin/rooms/message/?author__id__exact={luz.pk}", "/admin/rooms/room/?q=" + luz.username]
    for address in addresses:
        page = owner.get(address, follow=True)
        shown = re.sub(rf'(value="|q=){secret}', "", page.content.decode())
        assert page.status_code == 200 and secret not in shown
    act(owner, "rooms/message", message, "erase")
    message.refresh_from_db()
    assert message.text == secret


# --- What it costs


def fill(luz, count):
    room = Room.create(luz, unique("Chess"))
    Token.make(luz, "script")
    for _ in range(count):
        person = User.objects.create_user(unique("user"))
        connect(person, Room.create(person, unique("room")))
        say(person, room, unique("text"))
        Token.make(person, "script")
        StaffAct.note(person, "ban", luz)
        Announcement.objects.create(text="x", by=person)


def queries_of(client, address):
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in asked]


def test_a_list_asks_the_same_few_questions_however_long_it_is_and_counts_nothing(staff, luz):
    fill(luz, 2)
    few = {model: queries_of(staff, f"/admin/{model}/") for model in LISTS}
    fill(luz, 50)
    for model in LISTS:
        asked = queries_of(staff, f"/admin/{model}/")
        assert len(asked) == len(few[model]) <= 6
        assert not [sql for sql in asked if "COUNT(*)" in sql]


@pytest.mark.parametrize("model", ["accounts/user", "rooms/room", "rooms/message"])
def test_the_page_of_one_asks_few_questions(staff, luz, model):
    fill(luz, 20)
    one = {"accounts/user": luz, "rooms/room": Room.objects.get(owner=luz), "rooms/message": Message.objects.last()}
    asked = queries_of(staff, f"/admin/{model}/{one[model].pk}/change/")
    assert len(asked) <= 12
    assert not [sql for sql in asked if "COUNT(*)" in sql]


def test_one_turns_the_pages_of_a_list(staff, luz):
    StaffAct.objects.bulk_create(StaffAct(by_id=luz.pk, by_name=luz.username, what="ban") for _ in range(60))
    first = staff.get("/admin/accounts/staffact/")
    assert len(first.context["cl"].result_list) == 50 and 'rel="next"' in first.content.decode()
    second = staff.get("/admin/accounts/staffact/?p=2").content.decode()
    assert 'rel="prev"' in second and 'rel="next"' not in second


# --- Who may do what


def test_staff_who_are_no_owners_act_on_people_but_not_on_staff(staff, owner, luz):
    for other in (owner.person, at_desk().person):
        act(staff, "accounts/user", other, "ban", reason="x")
        other.refresh_from_db()
        assert not other.is_banned
        assert staff.get(f"/admin/accounts/user/{other.pk}/password/").status_code == 403
        assert 'name="username"' not in staff.get(f"/admin/accounts/user/{other.pk}/change/").content.decode()
    act(staff, "accounts/user", luz, "ban", reason="x")
    luz.refresh_from_db()
    assert luz.is_banned


def test_nobody_bans_themselves(owner):
    act(owner, "accounts/user", owner.person, "ban", reason="x")
    owner.person.refresh_from_db()
    assert not owner.person.is_banned


def test_only_owners_make_somebody_staff(staff, owner, luz):
    for client, becomes_staff in ((staff, False), (owner, True)):
        form = {"username": luz.username, "gender": "F", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
        assert client.post(f"/admin/accounts/user/{luz.pk}/change/", form).status_code == 302
        luz.refresh_from_db()
        assert (luz.is_staff, luz.is_superuser) == (becomes_staff, becomes_staff)


@pytest.mark.parametrize("address", ["", *(f"{model}/" for model in LISTS)])
def test_the_desk_is_closed_to_everybody_else(luz, address):
    client = Client()
    assert client.get(f"/admin/{address}").status_code == 302
    client.force_login(luz)
    assert client.get(f"/admin/{address}").status_code == 302


# --- What is done


def test_a_ban_asks_for_a_reason_and_an_end_that_is_yet_to_come(staff, luz):
    answers = [{}, {"reason": " "}, {"reason": "x", "until": "2001-01-01T00:00"}, {"reason": "x", "until": "soon"}]
    for answer in answers:
        page = act(staff, "accounts/user", luz, "ban", **answer)
        assert page.status_code == 200 and page.context["form"].errors
    luz.refresh_from_db()
    assert not luz.is_banned and not StaffAct.objects.exists()


def test_an_act_is_asked_for_before_it_is_done(staff, luz):
    page = staff.post("/admin/accounts/user/", {"_selected_action": luz.pk, "action": "deactivate"})
    assert page.status_code == 200 and luz.username in page.content.decode()
    luz.refresh_from_db()
    assert luz.is_active


def test_every_act_is_noted_with_who_whom_and_why(staff, luz):
    room = Room.create(luz, unique("Chess"))
    act(staff, "accounts/user", luz, "ban", reason="pills", until="2090-05-17T12:30")
    act(staff, "accounts/user", luz, "unban", reason="mistaken")
    act(staff, "rooms/room", room, "make_permanent")
    staff.post(f"/admin/rooms/room/{room.pk}/change/", {"name": "Draughts", "permanent": "on"})
    staff.post("/admin/rooms/announcement/add/", {"text": "The server rests at noon."})
    noted = StaffAct.objects.order_by("pk").values_list("by_name", "what", "kind", "whom_name", "why")
    me = staff.person.username
    assert list(noted) == [
        (me, "ban", "user", luz.username, "pills"),
        (me, "unban", "user", luz.username, "mistaken"),
        (me, "make_permanent", "room", room.name, ""),
        (me, "changed", "room", "Draughts", ""),
        (me, "added", "announcement", "The server rests at noon.", ""),
    ]
    assert "2090-05-17" in StaffAct.objects.first().details


@pytest.mark.parametrize("rights", [{}, {"is_superuser": True}])
def test_the_log_is_for_reading_only(luz, rights):
    client, noted = at_desk(**rights), StaffAct.note(luz, "ban", luz, why="pills")
    assert "pills" in client.get("/admin/accounts/staffact/").content.decode()
    assert client.get(f"/admin/accounts/staffact/{noted.pk}/change/").status_code == 200
    for way in (f"{noted.pk}/change/", f"{noted.pk}/delete/", "add/"):
        assert client.post(f"/admin/accounts/staffact/{way}", {"why": "x", "post": "yes"}).status_code == 403
    client.post("/admin/accounts/staffact/", {"_selected_action": noted.pk, "action": "delete_selected", "post": "yes"})
    assert StaffAct.objects.get().why == "pills"


def test_a_room_keeps_its_name_where_the_new_one_is_taken_or_bad(staff, luz):
    room, other = Room.create(luz, unique("Chess")), Room.create(luz, unique("Draughts"))
    for name in (other.name.upper(), "x" * 51, "a\u202eb", "", "Main"):
        page = staff.post(f"/admin/rooms/room/{room.pk}/change/", {"name": name})
        assert page.status_code == 200 and page.context["errors"]
    assert Room.objects.get(pk=room.pk).name == room.name


def test_an_emptied_room_has_nothing_left_and_goes_on(staff, luz):
    room = Room.create(luz, unique("Chess"))
    say(luz, room, "one")
    before = say(luz, room, "two")
    act(staff, "rooms/room", room, "empty")
    assert not room.message_set.exists()
    after, head = say(luz, room, "three"), Room.objects.get(pk=room.pk)
    assert (after.seq, head.epoch == room.epoch) == (before.seq + 1, False)
    assert Membership.objects.get(room=room, user=luz).read_seq >= before.seq


def test_who_has_forgotten_the_password_sets_a_new_one_by_a_link_of_staff_once(staff, luz):
    key, browser = sign_in(luz), Client()
    page = act(staff, "accounts/user", luz, "password_link")
    assert "no-store" in page["Cache-Control"]
    [link] = re.findall(r'id="secret">http://testserver(\S+)<', page.content.decode())
    form = browser.get(link, follow=True)
    answers = {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    assert browser.post(form.redirect_chain[-1][0], answers).url == reverse("sign-in")
    luz.refresh_from_db()
    assert luz.check_password(NEW_PASSWORD) and not luz.sessions.filter(pk=key).exists()
    again = Client().get(link, follow=True)
    assert "holds no longer" in again.content.decode()
    assert not luz.check_password(PASSWORD)


NONSENSE = ["", "-1", "9" * 30, "\0", "٣"]


@pytest.mark.parametrize("model", ["accounts/user", "rooms/message"])
def test_nonsense_is_no_fault(owner, model):
    for word in NONSENSE:
        for parameter in ("p", "o", "q", "room__id__exact", "standing"):
            assert owner.get(f"/admin/{model}/", {parameter: word}).status_code in (200, 302, 400)
        assert owner.get(f"/admin/{model}/{word.replace(chr(0), '%00') or 'x'}/change/").status_code in (302, 400, 404)
        form = {"_selected_action": word, "action": word or "ban", "index": word, "select_across": word}
        assert owner.post(f"/admin/{model}/", form).status_code in (200, 302, 400)
