"""What people are told unasked, in the language active now."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rooms.models.message import isoformat_ms
from rooms.protocol import frames


def welcome(room_id, name):
    words = _("Welcome, %(name)s! #help shows what you can do here.")
    return frames.notice(room_id, "welcome", words % {"name": name}, name=name)


def joined(room_id, name):
    return frames.notice(room_id, "joined", _("%(name)s joined") % {"name": name}, name=name)


def left(room_id, name):
    return frames.notice(room_id, "left", _("%(name)s left") % {"name": name}, name=name)


def countdown(now, room_id):
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
    data = {"owner": owner_name(room), "seconds": seconds}
    return frames.notice(room_id, "countdown", words % data, closes_at=isoformat_ms(now.closes_at(room_id)), **data)


def room_stays(now, room_id):
    room = now.rooms[room_id]
    data = {"owner": owner_name(room)}
    words = _("The room is permanent now: it stays.") if room.permanent else _("%(owner)s is back: the room stays.")
    return frames.notice(room_id, "room_stays", words % data, **data)


def owner_name(room):
    return room.owner.username if room.owner else _("deleted user")


def gone(room):
    by = room.closed_by and room.closed_by.username
    if by:
        text = _("%(name)s deleted the room “%(room)s”.")
    else:
        text = _("The room “%(room)s” has closed, for its owner did not come back.")
    return frames.room_gone(room.pk, room.title, "deleted" if by else "closed", text % {"name": by, "room": room.title})


def removed(membership):
    """Why somebody is not in a room any more."""
    if membership.may_return_at is None:
        words = _("You are banned from the room “%(name)s”.")
    else:
        words = _("You were removed from the room “%(name)s”. You can come back in a few minutes.")
    return words % {"name": membership.room.title}


def of_order(room_id, code, **data):
    """What was done to keep order: `muted` and `unmuted` to whom it was done, `handed_over` and `slow_mode` to all."""
    if code == "slow_mode" and data["seconds"]:
        words = ngettext(
            "Slow mode: one message every %(seconds)s second.",
            "Slow mode: one message every %(seconds)s seconds.",
            data["seconds"],
        )
    else:
        words = str(ORDER[code])
    return frames.notice(room_id, code, words % data, **data)


ORDER = {
    "muted": gettext_lazy("You are muted in this room: you can read here, and not write."),
    "unmuted": gettext_lazy("You are no longer muted in this room."),
    "handed_over": gettext_lazy("The room belongs to %(owner)s now."),
    "slow_mode": gettext_lazy("Slow mode is off."),
}


def hidden(name):
    """What #dR of somebody else's room says."""
    words = _("Only its creator can delete “%(name)s”. It is off your own list now; #gR %(name)s brings it back.")
    return words % {"name": name}
