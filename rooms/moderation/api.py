"""Keeping order over REST: the same verbs as on the socket."""

from typing import Annotated, Literal

from ninja import Field, Router

from accounts.api.auth import signed_in
from accounts.api.schemas import Person
from common.api.base import answers
from common.api.schemas import Body, BodyId, Id, Shape
from rooms.api.actor import actor_of
from rooms.api.schemas import Reply
from rooms.hub import facade

from . import service as moderation
from .actions import SLOWEST_SECONDS
from .blocks import blocked_by
from .models import WHY_CHARACTERS

router = Router(tags=["moderation"], auth=signed_in)
blocks = Router(tags=["moderation"], auth=signed_in)


class Act(Body):
    """`remove` keeps out for ten minutes, `ban` until `unban`."""

    action: Literal["mute", "unmute", "remove", "ban", "unban", "hand_over"]
    user_id: BodyId


class Pace(Body):
    """How many seconds everybody waits between two messages; 0: no longer than elsewhere."""

    seconds: Annotated[BodyId, Field(le=SLOWEST_SECONDS)]


class Why(Body):
    why: Annotated[str, Field(max_length=WHY_CHARACTERS)] = ""


class KeptOut(Person):
    """`until` is null for who is banned."""

    until: str | None


class KeptOutList(Shape):
    users: list[KeptOut]


class BlockList(Shape):
    users: list[Person]


@router.post("/{room_id}/moderation", response=answers(ok=Reply), summary="Mute, remove, ban, hand over")
def moderate(request, room_id: Id, payload: Act):
    """By the room's owner, or staff. Whoever is concerned sees it at once."""
    return do(request, moderation.keep_order, room_id, payload.action, payload.user_id)


@router.put("/{room_id}/slow", response=answers(ok=Reply), summary="Slow mode")
def slow(request, room_id: Id, payload: Pace):
    """By the room's owner, or staff, whom it does not slow down."""
    return do(request, moderation.slow_down, room_id, payload.seconds)


@router.get("/{room_id}/banned", response=answers(ok=KeptOutList), summary="Who is kept out of a room")
def banned(request, room_id: Id):
    """For the room's owner, and staff."""
    return do(request, moderation.banned, room_id)["data"]


@router.post("/{room_id}/messages/{seq}/report", response=answers(ok=Reply), summary="Report a message")
def report(request, room_id: Id, seq: Id, payload: Why):
    """Staff see it, with the text as it is now."""
    return do(request, moderation.report, room_id, seq, payload.why)


@blocks.get("", response=answers(ok=BlockList), summary="Whose messages one does not take")
def list_blocked(request):
    return {"users": [user.to_dict() for user in blocked_by([request.auth.pk])[request.auth.pk]]}


@blocks.put("/{user_id}", response=answers(ok=Reply), summary="Block a user")
def block(request, user_id: Id):
    """No private messages from them, and their lines are folded in one's pages."""
    return do(request, moderation.block, user_id)


@blocks.delete("/{user_id}", response=answers(ok=Reply), summary="Unblock a user")
def unblock(request, user_id: Id):
    return do(request, moderation.block, user_id, False)


def do(request, verb, *args):
    facade.take_rate(request.auth.pk)
    return facade.on_loop(verb, actor_of(request), *args).to_dict()
