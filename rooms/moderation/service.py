"""What is done about people who disturb others: the same verbs and sentences for socket and REST.

`client` is a `Client` or a `OfflineActor` of `rooms.delivery`; refusals are raised.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from accounts.models import User
from common.db.threads import in_database
from rooms.commands import CommandReply
from rooms.hub import facade
from rooms.models import Room
from rooms.models.message import isoformat_ms
from rooms.protocol.errors import ChatError

from . import actions
from .blocks import block as block_user
from .models import Report

# action: (code of the reply, sentence)
DONE = {
    "mute": ("muted", gettext_lazy("%(name)s is muted in “%(room)s”.")),
    "unmute": ("unmuted", gettext_lazy("%(name)s may write in “%(room)s” again.")),
    "remove": ("removed", gettext_lazy("%(name)s is removed from “%(room)s”, and can come back in ten minutes.")),
    "ban": ("banned", gettext_lazy("%(name)s is banned from “%(room)s”.")),
    "unban": ("unbanned", gettext_lazy("%(name)s may enter “%(room)s” again.")),
    "hand_over": ("handed_over", gettext_lazy("“%(room)s” belongs to %(name)s now.")),
}
# What the person concerned is told by a notice; of a removal they are told by `room_gone`.
TOLD = {"mute": "muted", "unmute": "unmuted"}


async def keep_order(client, room_id, action, who, why=None):
    """`who` is an id or a name; `why` is said at the staff's desk."""
    room, other = await in_database(actions.moderate, client.user, room_id, action, who, why)
    if action == "hand_over":
        await facade.publish_access_change(None, room.pk, "handed_over", owner=other.username)
    else:
        await facade.publish_access_change(other.pk, room.pk, TOLD.get(action))
    code, sentence = DONE[action]
    with override(client.language):
        text = sentence % {"name": other.username, "room": room.title}
        return CommandReply(code, text, {"room": room.pk, "user": other.to_dict()})


async def slow_down(client, room_id, seconds):
    room = await in_database(actions.set_slow_mode, client.user, room_id, seconds)
    await facade.publish_access_change(None, room.pk, "slow_mode", seconds=seconds)
    with override(client.language):
        text = _("Slow mode is on in “%(room)s”.") if seconds else _("Slow mode is off in “%(room)s”.")
        return CommandReply("slow_mode", text % {"room": room.title}, {"room": room.pk, "seconds": seconds})


async def banned(client, room_id):
    found = await in_database(who_is_banned, client.user, room_id)
    users = [{**user.to_dict(), "until": until and isoformat_ms(until)} for user, until in found]
    with override(client.language):
        text = ", ".join(user["name"] for user in users) or _("Nobody is kept out of this room.")
    return CommandReply("kept_out", text, {"room": room_id, "users": users})


def who_is_banned(user, room_id):
    return actions.banned_members(Room.public_to(user, room_id), user)


async def report(client, room_id, seq, why=""):
    await in_database(Report.make, client.user, room_id, seq, why)
    with override(client.language):
        return CommandReply("reported", _("Thank you: staff will look at this message."), {"room": room_id, "seq": seq})


async def block(client, who, is_blocked=True):
    other = await in_database(set_block, client.user, who, is_blocked)
    await facade.publish_access_change(client.user.pk)
    with override(client.language):
        if is_blocked:
            text = _("You do not read %(name)s any more, and take no private messages from them.")
        else:
            text = _("You read %(name)s again.")
        code = "blocked" if is_blocked else "unblocked"
        return CommandReply(code, text % {"name": other.username}, {"user": other.to_dict()})


def set_block(user, who, is_blocked):
    other = User.objects.somebody(who)
    if other is None:
        raise ChatError("no_such_user", field="user")
    block_user(user, other, is_blocked)
    return other
