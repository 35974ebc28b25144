"""Moderation, reports and blocks with their replies: the verbs shared by socket frames and REST.

An `actor` is a connected client or an `OfflineActor`. Every verb raises `ChatError` when it is refused.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from common.db.threads import in_database
from rooms.client.client import Client
from rooms.commands import CommandReply
from rooms.hub import facade
from rooms.models.message import isoformat_ms

from . import actions, blocks
from .models import Report

Actor = Client | facade.OfflineActor

# action: (code of the reply, sentence)
REPLIES = {
    "mute": ("muted", gettext_lazy("%(name)s is muted in “%(room)s”.")),
    "unmute": ("unmuted", gettext_lazy("%(name)s may write in “%(room)s” again.")),
    "remove": ("removed", gettext_lazy("%(name)s is removed from “%(room)s”, and can come back in ten minutes.")),
    "ban": ("banned", gettext_lazy("%(name)s is banned from “%(room)s”.")),
    "unban": ("unbanned", gettext_lazy("%(name)s may enter “%(room)s” again.")),
    "hand_over": ("handed_over", gettext_lazy("“%(room)s” belongs to %(name)s now.")),
}
# Notices to the user concerned. A removal needs none: the client gets `room_gone`.
NOTICES = {"mute": "muted", "unmute": "unmuted"}


async def moderate(actor: Actor, room_id: int, action: str, who: int | str, why: str | None = None) -> CommandReply:
    """Apply one of `actions.ACTIONS` to `who` (an id or a name); `why` comes from the staff site."""
    room, other = await in_database(actions.moderate, actor.user, room_id, action, who, why)
    if action == "hand_over":
        await facade.publish_access_change(None, room.pk, "handed_over", owner=other.username)
    else:
        await facade.publish_access_change(other.pk, room.pk, NOTICES.get(action))
    code, sentence = REPLIES[action]
    with override(actor.language):
        text = sentence % {"name": other.username, "room": room.title}
        return CommandReply(code, text, {"room": room.pk, "user": other.to_dict()})


async def set_slow_mode(actor: Actor, room_id: int, seconds: int) -> CommandReply:
    room = await in_database(actions.set_slow_mode, actor.user, room_id, seconds)
    await facade.publish_access_change(None, room.pk, "slow_mode", seconds=seconds)
    with override(actor.language):
        text = _("Slow mode is on in “%(room)s”.") if seconds else _("Slow mode is off in “%(room)s”.")
        return CommandReply("slow_mode", text % {"room": room.title}, {"room": room.pk, "seconds": seconds})


async def list_banned(actor: Actor, room_id: int) -> CommandReply:
    found = await in_database(actions.banned_members, actor.user, room_id)
    users = [{**user.to_dict(), "until": until and isoformat_ms(until)} for user, until in found]
    with override(actor.language):
        text = ", ".join(user.username for user, _until in found) or _("Nobody is kept out of this room.")
    return CommandReply("kept_out", text, {"room": room_id, "users": users})


async def report(actor: Actor, room_id: int, seq: int, why: str = "") -> CommandReply:
    await in_database(Report.make, actor.user, room_id, seq, why)
    with override(actor.language):
        return CommandReply("reported", _("Thank you: staff will look at this message."), {"room": room_id, "seq": seq})


async def set_block(actor: Actor, who: int | str, is_blocked: bool = True) -> CommandReply:
    other = await in_database(blocks.set_block, actor.user, who, is_blocked)
    await facade.publish_access_change(actor.user.pk)
    with override(actor.language):
        if is_blocked:
            text = _("You do not read %(name)s any more, and take no private messages from them.")
        else:
            text = _("You read %(name)s again.")
        code = "blocked" if is_blocked else "unblocked"
        return CommandReply(code, text % {"name": other.username}, {"user": other.to_dict()})
