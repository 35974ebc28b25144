"""Messages of rooms over REST: reading the log, and posting."""

from collections.abc import Sequence
from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Field, Query, Router

from accounts.api.auth import signed_in
from accounts.api.requests import SignedInRequest
from common.api.base import responses
from common.api.schemas import Id, ResponseSchema
from common.errors import ExpectedError
from rooms.log.history import LogChanges, changes_since, page
from rooms.models import Message, Room

from .polling import not_modified
from .posting import post_message, posted
from .schemas import Log, Said, Saying

router = Router(tags=["rooms"], auth=signed_in)


class Part(ResponseSchema):
    """Which part of the log: by place (at most one of them), or what changed since a version of an epoch."""

    before: Id | None = None
    after: Id | None = None
    around: Id | None = None
    since: Id | None = None
    epoch: Annotated[str, Field(max_length=64)] = ""
    limit: Annotated[Id, Field(ge=1, le=100)] = 50


@router.get("/{room_id}/messages", response=responses(ok=Log, unchanged=None), summary="A room's messages")
def messages(
    request: SignedInRequest, room_id: Id, response: HttpResponse, part: Query[Part]
) -> HttpResponse | dict[str, Any]:
    """The newest ones; or those `before`, `after` or `around` a `seq`; or all that changed `since` a version.

    To poll, send the `ETag` back as `If-None-Match`, or the last `version` and `epoch` as `since` and `epoch`.
    """
    if sum(place is not None for place in (part.before, part.after, part.around, part.since)) > 1:
        raise ExpectedError("bad_request", field="since" if part.since is not None else "around")
    room = Room.visible_to(request.auth, room_id)
    if same := not_modified(request, response, f"{room.epoch}-{room.version}"):
        return same
    if part.since is not None:
        return changes_answer(changes_since(room.pk, part.epoch, part.since))
    found, more = page(room, before=part.before, after=part.after, around=part.around, limit=part.limit)
    # The room's version was read before the messages: none of its changes is missing.
    return log_answer(room.pk, room.epoch, room.version, found, more)


def changes_answer(found: LogChanges) -> dict[str, Any]:
    return log_answer(found.room_id, found.epoch, found.version, found.messages, found.more, found.reset)


def log_answer(
    room_id: int, epoch: str, version: int, messages: Sequence[Message], more: bool, reset: bool = False
) -> dict[str, Any]:
    shown = [message.to_dict() for message in messages]
    return {"room": room_id, "epoch": epoch, "version": version, "messages": shown, "more": more, "reset": reset}


@router.post("/{room_id}/messages", response=responses(ok=Said, created=Said), summary="Say something in a room")
def say_in_room(request: SignedInRequest, room_id: Id, payload: Saying) -> tuple[int, dict[str, Any]]:
    """Delivered to connected clients at once. A retry with the same `client_id` answers 200 with the stored message."""
    room = Room.visible_to(request.auth, room_id)
    return posted(post_message(request.auth, room, payload))
