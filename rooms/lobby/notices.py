"""Notices about rooms and people, in the active language."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rooms.models import Membership, Room
from rooms.models.message import isoformat_ms
from rooms.protocol import frames
from rooms.protocol.server_frames import NoticeData, NoticeFrame, RoomGoneFrame

from .snapshot import Snapshot


def welcome(room_id: int, name: str) -> NoticeFrame:
    """The first notice to a client that connects anew."""
    words = _("Welcome, %(name)s! #help shows what you can do here.")
    return frames.notice(room_id, "welcome", words % {"name": name}, name=name)


def joined(room_id: int, name: str) -> NoticeFrame:
    """A user has joined the room."""
    return frames.notice(room_id, "joined", _("%(name)s joined") % {"name": name}, name=name)


def left(room_id: int, name: str) -> NoticeFrame:
    """A user has left the room."""
    return frames.notice(room_id, "left", _("%(name)s left") % {"name": name}, name=name)


def countdown(now: Snapshot, room_id: int) -> NoticeFrame:
    """A temporary room's owner is gone, and the room will close."""
    room, seconds = now.rooms[room_id], max(1, round(now.countdowns[room_id].seconds))
    if room.owner:
        words = ngettext(
            "%(owner)s has gone. The room closes in %(seconds)s second unless they come back.",
            "%(owner)s has gone. The room closes in %(seconds)s seconds unless they come back.",
            seconds,
        )
    else:
        words = ngettext(
            "This room's owner has deleted their account. It closes in %(seconds)s second.",
            "This room's owner has deleted their account. It closes in %(seconds)s seconds.",
            seconds,
        )
    closes_at = isoformat_ms(now.countdowns[room_id].closes_at)
    data: NoticeData = {"closes_at": closes_at, "owner": owner_name(room), "seconds": seconds}
    return frames.notice(room_id, "countdown", words % data, **data)


def room_stays(now: Snapshot, room_id: int) -> NoticeFrame:
    """The countdown is over, and the room stays open."""
    room = now.rooms[room_id]
    data: NoticeData = {"owner": owner_name(room)}
    words = _("The room is permanent now: it stays.") if room.permanent else _("%(owner)s is back: the room stays.")
    return frames.notice(room_id, "room_stays", words % data, **data)


def owner_name(room: Room) -> str:
    """The owner's name, or what stands for it after the account was deleted."""
    return room.owner.username if room.owner else _("deleted user")


def gone(room: Room) -> RoomGoneFrame:
    """The frame `room_gone` for a room that was deleted, or has closed."""
    by = room.closed_by and room.closed_by.username
    if by:
        text = _("%(name)s deleted the room “%(room)s”.")
    else:
        text = _("The room “%(room)s” has closed, for its owner did not come back.")
    return frames.room_gone(room.pk, room.title, "deleted" if by else "closed", text % {"name": by, "room": room.title})


def removed(membership: Membership) -> str:
    """The notice to a user who was removed or banned from a room."""
    if membership.may_return_at is None:
        words = _("You are banned from the room “%(name)s”.")
    else:
        words = _("You were removed from the room “%(name)s”. You can come back in a few minutes.")
    return words % {"name": membership.room.title}


def hidden(name: str) -> str:
    """The reply to #dR by a user who does not own the room."""
    words = _("Only its creator can delete “%(name)s”. It is off your own list now; #gR %(name)s brings it back.")
    return words % {"name": name}
