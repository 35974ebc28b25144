"""Reports on the staff site: the list, its filters, and the actions that settle a report."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import StaffAct
from rooms.models import Membership, Message, Room
from rooms.moderation.actions import moderate
from rooms.moderation.models import Report
from tests.people import sign_up, unique
from tests.staff_pages import run_action, sign_in_staff, write_message

pytestmark = [pytest.mark.django_db, pytest.mark.once("embedded")]
LIST = "/admin/rooms/report/"


@pytest.fixture
def bruno():
    return sign_up("bruno").user


@pytest.fixture
def room(luz, bruno):
    """A room of luz, with bruno as a member."""
    room = Room.create(luz, unique("Chess"))
    room.admit(bruno)
    return room


def reported(by, message, why=""):
    return Report.make(by, message.room_id, message.seq, why)


def rows(client, **query):
    """Texts of the listed reports, in order."""
    return [report.text for report in client.get(LIST, query).context["cl"].result_list]


def page_of(client, one):
    return client.get(f"/admin/rooms/{one._meta.model_name}/{one.pk}/change/").content.decode()


def offered(client, report):
    """Names of the actions on a report's page."""
    return re.findall(r'name="action" value="(\w+)"', page_of(client, report))


# --- List


def test_open_reports_come_first_newest_first(staff, luz, bruno, room):
    reports = [reported(luz, write_message(bruno, room, text)) for text in ("one", "two", "three", "four")]
    reports[3].settle(staff.person, "settle")
    reports[1].settle(staff.person, "settle")
    assert rows(staff) == ["three", "one", "two", "four"]


def test_message_has_one_row_with_count_reporters_and_reasons(staff, luz, bruno, room):
    message, others = write_message(bruno, room, "vile <b>words</b>"), [sign_up("carla").user for _ in range(4)]
    for number, one in enumerate([luz, *others]):
        reported(one, message, f"reason {number}")
    [row] = re.findall(r"<tbody>.*</tbody>", staff.get(LIST).content.decode(), re.DOTALL)
    assert row.count("<tr>") == 1 and "vile &lt;b&gt;words" in row
    assert '<td class="field-times">5×</td>' in row and "and 2 more" in row
    for shown in (bruno.username, room.name, others[3].username, "reason 4", "reason 2"):
        assert shown in row
    assert "reason 1" not in row
    page = page_of(staff, Report.objects.last())
    assert all(f"reason {number}" in page for number in range(5))


def test_report_after_settling_reopens_message(staff, luz, bruno, room):
    message = write_message(bruno, room, "again")
    reported(luz, message).settle(staff.person, "settle")
    reported(sign_up("carla").user, message)
    assert rows(staff) == rows(staff, state="open") == ["again"]


def test_settled_newer_report_does_not_hide_open_older_one(staff, luz, bruno, room):
    message = write_message(bruno, room, "late")
    late = reported(luz, message)
    newer = reported(sign_up("carla").user, message)
    Report.objects.filter(pk=newer.pk).update(settled_at=timezone.now())
    assert rows(staff, state="open") == ["late"]
    assert late.settle(staff.person, "settle") == 1


def test_list_filters_and_search(staff, luz, bruno, room):
    other = Room.create(bruno, unique("Draughts"))
    other.admit(luz)
    reported(luz, write_message(bruno, room, "in chess"), "because of tea")
    reported(bruno, write_message(luz, other, "in draughts"))
    reported(luz, write_message(bruno, Room.between(luz, bruno), "in private")).settle(staff.person, "settle")
    assert rows(staff, state="open") == ["in draughts", "in chess"]
    assert rows(staff, state="settled") == rows(staff, kind="direct") == ["in private"]
    assert rows(staff, kind="public", room=room.pk) == rows(staff, q="TEA") == ["in chess"]
    assert rows(staff, q=other.name) == rows(staff, q=f"{bruno.username} draughts") == ["in draughts"]
    assert len(rows(staff, room="nonsense")) == 3
    assert page_of(staff, room).count(f"{LIST}?room={room.pk}") == 1


def test_search_matches_every_reporter_of_a_message(staff, luz, bruno, room):
    message, carla = write_message(bruno, room, "vile"), sign_up("carla").user
    for one in (carla, luz):
        reported(one, message)
    assert rows(staff, q=carla.username) == ["vile"]


def test_report_outlives_message_room_and_users(staff, luz, bruno, room):
    report = reported(luz, write_message(bruno, room, "gone with the room"))
    room.delete()
    luz.delete()
    bruno.delete()
    assert rows(staff) == ["gone with the room"]
    assert offered(staff, report) == ["settle"]
    for name in ("erase_message", "mute_author", "ban_from_site"):
        run_action(staff, "rooms/report", report, name, reason="x")
    report.refresh_from_db()
    assert report.settled_at is None


# --- Settling


def test_settle_closes_all_reports_of_message_and_logs_once(staff, luz, bruno, room):
    message, other = write_message(bruno, room, "vile"), reported(luz, write_message(bruno, room, "not so vile"))
    both = [reported(luz, message), reported(sign_up("carla").user, message)]
    run_action(staff, "rooms/report", both[1], "settle", reason="a joke")
    for one in (*both, other):
        one.refresh_from_db()
    assert [(one.settled_by, one.outcome) for one in both] == [(staff.person, "settle")] * 2
    assert other.settled_at is None
    page = run_action(staff, "rooms/report", both[1], "settle")
    assert "settled already" in staff.get(page.url).content.decode()
    [noted] = StaffAct.objects.all()
    assert (noted.by_name, noted.what, noted.why) == (staff.person.username, "settle", "a joke")
    assert noted.whom_name == f"{bruno} {message}"


def test_settle_several_at_once(staff, luz, bruno, room):
    reports = [reported(luz, write_message(bruno, room, text)) for text in ("one", "two", "three")]
    chosen = [report.pk for report in reports[:2]]
    staff.post(LIST, {"_selected_action": chosen, "action": "settle", "confirmed": "1"})
    assert rows(staff, state="open") == ["three"]


def test_site_ban_requires_reason_and_is_logged_for_user(staff, luz, bruno, room):
    report = reported(luz, write_message(bruno, room, "pills"))
    assert run_action(staff, "rooms/report", report, "ban_from_site").context["form"].errors
    run_action(staff, "rooms/report", report, "ban_from_site", reason="pills", until="2090-05-17T12:30")
    for one in (bruno, report):
        one.refresh_from_db()
    assert (bruno.is_banned, bruno.ban_reason, bruno.banned_until.year) == (True, "pills", 2090)
    assert (report.settled_by, report.outcome) == (staff.person, "ban")
    [noted] = StaffAct.objects.all()
    assert (noted.what, noted.whom_name, noted.why, noted.details[:10]) == ("ban", str(bruno), "pills", "2090-05-17")


# --- Permissions


def test_only_possible_actions_are_offered(staff, owner, luz, bruno, room):
    everything = ["settle", "erase_message", "mute_author", "remove_author", "ban_from_room", "ban_from_site"]
    report = reported(luz, write_message(bruno, room, "vile"))
    in_main = reported(luz, write_message(bruno, Room.default(), "vile in main"))
    of_staff = reported(luz, write_message(sign_in_staff().person, room, "I am staff"))
    assert offered(staff, report) == everything
    assert offered(staff, in_main) == ["settle", "erase_message", "mute_author", "ban_from_site"]
    assert offered(staff, of_staff) == ["settle", "erase_message"]
    assert offered(owner, of_staff) == ["settle", "erase_message", "ban_from_site"]
    report.settle(staff.person, "settle")
    Message.objects.filter(pk=report.message_id).update(erased_at=timezone.now())
    room.close(luz)
    assert offered(staff, report) == ["ban_from_site"]


def test_staff_cannot_ban_staff_by_report(staff, luz, room):
    other = sign_in_staff().person
    report = reported(luz, write_message(other, room, "I am staff"))
    run_action(staff, "rooms/report", report, "ban_from_site", reason="x")
    for one in (other, report):
        one.refresh_from_db()
    assert not other.is_banned and report.settled_at is None and not StaffAct.objects.exists()


def test_private_conversation_shows_reported_message_only(staff, luz, bruno):
    private = Room.between(luz, bruno)
    write_message(bruno, private, "before it")
    message = write_message(bruno, private, "the vile line")
    write_message(luz, private, "after it")
    report = reported(luz, message)
    for page in (staff.get(LIST).content.decode(), page_of(staff, report)):
        assert "the vile line" in page and "private conversation" in page
        assert "before it" not in page and "after it" not in page
        assert not re.search(rf"/(room|message)/({private.pk}|{message.pk})/|room(__id__exact)?={private.pk}", page)
    assert offered(staff, report) == ["settle", "ban_from_site"]


@pytest.mark.parametrize("name", ["settle", "erase_message", "mute_author", "ban_from_site"])
def test_only_staff_settle_reports(luz, bruno, room, name):
    report = reported(luz, write_message(bruno, room, "vile"))
    for client in (Client(), Client()):
        assert "/admin/login/" in run_action(client, "rooms/report", report, name, reason="x").url
        client.force_login(luz)  # the room's owner, too
        assert "/admin/login/" in run_action(client, "rooms/report", report, name, reason="x").url
    report.refresh_from_db()
    assert report.settled_at is None and not StaffAct.objects.exists()


# --- Muted members


def test_muted_members_are_listed_and_blocks_are_not(staff, luz, bruno, room):
    moderate(luz, room.pk, "mute", bruno.pk)
    private, closed = Room.between(luz, bruno), Room.create(bruno, unique("Closed"))
    closed.admit(luz)
    moderate(bruno, closed.pk, "mute", luz.pk)
    closed.close(bruno)
    Membership.objects.filter(room=private).update(muted_at=timezone.now())
    page = staff.get("/admin/rooms/muted/")
    [muted] = page.context["cl"].result_list
    assert (muted.user, muted.room, muted.muted_by) == (bruno, room, luz)
    assert f'<td class="field-by">{luz}</td>' in page.content.decode()
    assert f"/admin/rooms/muted/?room__id__exact={room.pk}" in page_of(staff, room)
    assert "/admin/rooms/muted/" in staff.get("/admin/").content.decode()
    luz.delete()
    assert "not known" in staff.get("/admin/rooms/muted/", {"q": bruno.username}).content.decode()
