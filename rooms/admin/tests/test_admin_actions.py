"""Actions of the staff site, and their entries in the staff log."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import StaffAct
from rooms.models import Membership, Room
from tests.people import PASSWORD, sign_in, unique
from tests.staff_pages import run_action, sign_in_staff, write_message

pytestmark = [pytest.mark.django_db, pytest.mark.once("embedded")]
NEW_PASSWORD = "another walk, to the hills"


def test_ban_requires_reason_and_future_end(staff, luz):
    answers = [{}, {"reason": " "}, {"reason": "x", "until": "2001-01-01T00:00"}, {"reason": "x", "until": "soon"}]
    for answer in answers:
        page = run_action(staff, "accounts/user", luz, "ban", **answer)
        assert page.status_code == 200 and page.context["form"].errors
    luz.refresh_from_db()
    assert not luz.is_banned and not StaffAct.objects.exists()


def test_action_requires_confirmation(staff, luz):
    page = staff.post("/admin/accounts/user/", {"_selected_action": luz.pk, "action": "deactivate"})
    assert page.status_code == 200 and luz.username in page.content.decode()
    luz.refresh_from_db()
    assert luz.is_active


def test_actions_are_logged(staff, luz):
    room = Room.create(luz, unique("Chess"))
    run_action(staff, "accounts/user", luz, "ban", reason="pills", until="2090-05-17T12:30")
    run_action(staff, "accounts/user", luz, "unban", reason="mistaken")
    run_action(staff, "rooms/room", room, "make_permanent")
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
def test_staff_log_is_read_only(luz, rights):
    client, noted = sign_in_staff(**rights), StaffAct.record(luz, "ban", luz, why="pills")
    assert "pills" in client.get("/admin/accounts/staffact/").content.decode()
    assert client.get(f"/admin/accounts/staffact/{noted.pk}/change/").status_code == 200
    for way in (f"{noted.pk}/change/", f"{noted.pk}/delete/", "add/"):
        assert client.post(f"/admin/accounts/staffact/{way}", {"why": "x", "post": "yes"}).status_code == 403
    client.post("/admin/accounts/staffact/", {"_selected_action": noted.pk, "action": "delete_selected", "post": "yes"})
    assert StaffAct.objects.get().why == "pills"


def test_rename_to_taken_or_bad_name_is_refused(staff, luz):
    room, other = Room.create(luz, unique("Chess")), Room.create(luz, unique("Draughts"))
    for name in (other.name.upper(), "x" * 51, "a\u202eb", "", "Main"):
        page = staff.post(f"/admin/rooms/room/{room.pk}/change/", {"name": name})
        assert page.status_code == 200 and page.context["errors"]
    assert Room.objects.get(pk=room.pk).name == room.name


def test_emptied_room_continues_with_a_new_epoch(staff, luz):
    room = Room.create(luz, unique("Chess"))
    write_message(luz, room, "one")
    before = write_message(luz, room, "two")
    run_action(staff, "rooms/room", room, "empty")
    assert not room.message_set.exists()
    after, head = write_message(luz, room, "three"), Room.objects.get(pk=room.pk)
    assert (after.seq, head.epoch == room.epoch) == (before.seq + 1, False)
    assert Membership.objects.get(room=room, user=luz).read_seq >= before.seq


def test_password_link_works_once(staff, luz):
    key, browser = sign_in(luz), Client()
    page = run_action(staff, "accounts/user", luz, "password_link")
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


INVALID = ["", "-1", "9" * 30, "0" * 20 + "9" * 25, "\0", "٣"]


@pytest.mark.both_footings
@pytest.mark.parametrize("model", ["accounts/user", "rooms/message"])
def test_invalid_parameters_are_no_server_error(owner, model):
    for word in INVALID:
        for parameter in ("p", "o", "q", "room__id__exact", "standing"):
            assert owner.get(f"/admin/{model}/", {parameter: word}).status_code in (200, 302, 400)
        assert owner.get(f"/admin/{model}/{word.replace(chr(0), '%00') or 'x'}/change/").status_code in (302, 400, 404)
        form = {"_selected_action": word, "action": word or "ban", "index": word, "select_across": word}
        assert owner.post(f"/admin/{model}/", form).status_code in (200, 302, 400)
