"""Data for the pages of the staff site."""

import datetime
import uuid

from accounts.models import StaffAct, User
from rooms.announcements.models import Announcement
from rooms.log.batch import write
from rooms.log.drafts import Draft
from rooms.models import Message, Room
from rooms.moderation.actions import moderate
from rooms.moderation.models import Report
from tests.people import sign_up

from .rooms import room_with

NAMES = ["alba", "blas", "celia", "dario", "elena", "fermin", "gala", "hugo", "ines", "joel", "kiko", "lola"]
VILE = "Buy my pills, they are cheap and they help against everything: https://pills.example.org/buy?now=1"


def create_admin_data(people):
    """Create messages, reports and users of every status; return `{name: path}` of the pages that show them."""
    room = room_with(20, people.ana, people.bruno, people.carla, minutes_apart=90)
    sara = sign_up("sara", is_staff=True).user
    for number, name in enumerate(NAMES):
        sign_up(name, gender="FMON"[number % 4], birth_date=datetime.date(1950 + 4 * number, 3, 9))
    User.objects.get(pk=people.carla.id).ban("Advertised pills in three rooms", None)
    for what in ("ban", "unban", "close", "make_permanent", "erase"):
        StaffAct.record(sara, what, people.carla.user, why="Advertised pills in three rooms")
    Announcement.objects.create(text="The server rests at noon, for ten minutes.", by=sara)
    message = Message.objects.filter(room=room).last()
    reports = create_reports(people, room, sara)
    moderate(people.ana.user, room, "mute", people.bruno.id)
    return {
        "index": "/admin/",
        "users": "/admin/accounts/user/",
        "user": f"/admin/accounts/user/{people.ana.id}/change/",
        "banned": f"/admin/accounts/user/{people.carla.id}/change/",
        "rooms": "/admin/rooms/room/",
        "room": f"/admin/rooms/room/{room}/change/",
        "messages": f"/admin/rooms/message/?room__id__exact={room}",
        "message": f"/admin/rooms/message/{message.pk}/change/",
        "reports": "/admin/rooms/report/",
        "reports-of-room": f"/admin/rooms/report/?room={room}&state=open",
        "report": f"/admin/rooms/report/{reports[0].pk}/change/",
        "report-private": f"/admin/rooms/report/{reports[1].pk}/change/",
        "report-settled": f"/admin/rooms/report/{reports[2].pk}/change/",
        "muted": "/admin/rooms/muted/",
        "members": f"/admin/rooms/membership/?room__id__exact={room}",
        "announcements": "/admin/rooms/announcement/",
        "announce": "/admin/rooms/announcement/add/",
        "log": "/admin/accounts/staffact/",
    }


def create_reports(people, room, sara):
    """Create reports: of one message by many users, of a private message, and a settled one."""
    vile, *others = Message.objects.filter(room=room, author=people.bruno.id)[:2]
    Message.objects.filter(pk=vile.pk).update(text=VILE)
    for name in NAMES[:5]:
        often = Report.make(sign_up(name).user, room, vile.seq, "Spam, for the third time today")
    private = Room.between(people.ana.user, people.bruno.user)
    [said] = write([Draft(people.bruno.id, private.pk, uuid.uuid4(), "I know where you live")])
    alone = Report.make(people.ana.user, private.pk, said.message.seq, "I am afraid of him")
    settled = Report.make(people.ana.user, room, others[0].seq)
    settled.settle(sara, "erase")
    return often, alone, settled
