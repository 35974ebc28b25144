"""Moderation, reports and blocks over REST: the same verbs as on the socket."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Literal, TypeVarTuple

from ninja import Field, Router
from pydantic import with_config

from accounts.api.auth import signed_in
from accounts.api.requests import SignedInRequest
from accounts.schemas import Person
from common.api.base import responses
from common.api.schemas import BodyId, Id, RequestSchema, ResponseSchema
from rooms import commands
from rooms.api.actor import actor_of
from rooms.api.schemas import Reply
from rooms.hub import facade
from rooms.protocol.server_frames import ReplyBody

from . import verbs
from .actions import SLOW_MODE_MAX_SECONDS
from .blocks import blocked_by
from .models import REASON_MAX_CHARACTERS

router = Router(tags=["moderation"], auth=signed_in)
blocks = Router(tags=["moderation"], auth=signed_in)
ROUTERS = [("rooms", router), ("blocks", blocks)]

Ts = TypeVarTuple("Ts")


class ModerationAction(RequestSchema, title="Act"):
    """`remove` lasts ten minutes, `ban` until `unban`."""

    action: Literal["mute", "unmute", "remove", "ban", "unban", "hand_over"]
    user_id: BodyId


class SlowMode(RequestSchema, title="Pace"):
    """Seconds between two messages of one user; 0 turns slow mode off."""

    seconds: Annotated[BodyId, Field(le=SLOW_MODE_MAX_SECONDS)]


class ReportReason(RequestSchema, title="Why"):
    why: Annotated[str, Field(max_length=REASON_MAX_CHARACTERS)] = ""


@with_config(title="KeptOut")
class BannedUser(Person):
    """A removed or banned user; `until` is null for a ban."""

    until: str | None


class BannedList(ResponseSchema, title="KeptOutList"):
    users: list[BannedUser]


class BlockList(ResponseSchema):
    users: list[Person]


@router.post(
    "/{room_id}/moderation",
    response=responses(ok=Reply),
    summary="Mute, remove, ban, hand over",
    operation_id="rooms_api_moderation_moderate",
)
def moderate(request: SignedInRequest, room_id: Id, payload: ModerationAction) -> ReplyBody:
    """For the room's owner and staff. Takes effect at once for connected clients."""
    return run(request, verbs.moderate, room_id, payload.action, payload.user_id)


@router.put(
    "/{room_id}/slow", response=responses(ok=Reply), summary="Slow mode", operation_id="rooms_api_moderation_slow"
)
def set_slow_mode(request: SignedInRequest, room_id: Id, payload: SlowMode) -> ReplyBody:
    """For the room's owner and staff, who are exempt from it."""
    return run(request, verbs.set_slow_mode, room_id, payload.seconds)


@router.get(
    "/{room_id}/banned",
    response=responses(ok=BannedList),
    summary="Removed and banned users of a room",
    operation_id="rooms_api_moderation_banned",
)
def list_banned(request: SignedInRequest, room_id: Id) -> object:
    """For the room's owner and staff."""
    return run(request, verbs.list_banned, room_id)["data"]


@router.post(
    "/{room_id}/messages/{seq}/report",
    response=responses(ok=Reply),
    summary="Report a message",
    operation_id="rooms_api_moderation_report",
)
def report(request: SignedInRequest, room_id: Id, seq: Id, payload: ReportReason) -> ReplyBody:
    """Staff get the text as it is at this moment."""
    return run(request, verbs.report, room_id, seq, payload.why)


@blocks.get(
    "", response=responses(ok=BlockList), summary="Blocked users", operation_id="rooms_api_moderation_list_blocked"
)
def list_blocked(request: SignedInRequest) -> dict[str, object]:
    user_id = request.auth.pk
    return {"users": [user.to_dict() for user in blocked_by([user_id])[user_id]]}


@blocks.put(
    "/{user_id}", response=responses(ok=Reply), summary="Block a user", operation_id="rooms_api_moderation_block"
)
def block(request: SignedInRequest, user_id: Id) -> ReplyBody:
    """No private messages from that user; pages fold their messages in rooms."""
    return run(request, verbs.set_block, user_id, True)


@blocks.delete(
    "/{user_id}", response=responses(ok=Reply), summary="Unblock a user", operation_id="rooms_api_moderation_unblock"
)
def unblock(request: SignedInRequest, user_id: Id) -> ReplyBody:
    return run(request, verbs.set_block, user_id, False)


def run(
    request: SignedInRequest,
    verb: Callable[[facade.OfflineActor, *Ts], Coroutine[Any, Any, commands.CommandReply]],
    *args: *Ts,
) -> ReplyBody:
    """Run a verb as the caller; counts against the user's message rate."""
    facade.take_rate(request.auth.pk)
    return facade.on_loop(verb, actor_of(request), *args).to_dict()
