"""What is said in rooms, over REST."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Field, Query, Router

from common.api.base import responses
from common.api.schemas import Id, ResponseSchema
from common.errors import ExpectedError
from rooms.models import Room

from .actor import said, say
from .polling import unchanged
from .schemas import Log, Said, Saying

router = Router(tags=["rooms"])


class Part(ResponseSchema):
    """Which part of the log: by place (at most one of them), or what changed since a version of an epoch."""

    before: Id | None = None
    after: Id | None = None
    around: Id | None = None
    since: Id | None = None
    epoch: Annotated[str, Field(max_length=64)] = ""
    limit: Annotated[Id, Field(ge=1, le=100)] = 50


@router.get("/{room_id}/messages", response=responses(ok=Log, unchanged=None), summary="A room's messages")
def messages(request, room_id: Id, response: HttpResponse, part: Query[Part]):
    """The newest ones; or those `before`, `after` or `around` a `seq`; or all that changed `since` a version.

    To poll, send the `ETag` back as `If-None-Match`, or the last `version` and `epoch` as `since` and `epoch`.
    """
    if sum(place is not None for place in (part.before, part.after, part.around, part.since)) > 1:
        raise ExpectedError("bad_request", field="since" if part.since is not None else "around")
    room = Room.visible_to(request.auth, room_id)
    if same := unchanged(request, response, f"{room.epoch}-{room.version}"):
        return same
    return changes(room, part) if part.since is not None else page(room, part)


def changes(room, part):
    found = Room.since(room.pk, part.epoch, part.since)
    shapes = [message.to_dict() for message in found.messages]
    return log(room, found.epoch, found.version, shapes, more=found.more, reset=found.reset)


def page(room, part):
    found, more = room.page(before=part.before, after=part.after, around=part.around, limit=part.limit)
    return log(room, room.epoch, room.version, [message.to_dict() for message in found], more)


def log(room, epoch, version, shapes, more, reset=False):
    """`version` was read before the messages: none of its changes is missing."""
    return {"room": room.pk, "epoch": epoch, "version": version, "messages": shapes, "more": more, "reset": reset}


@router.post("/{room_id}/messages", response=responses(ok=Said, created=Said), summary="Say something in a room")
def say_in_room(request, room_id: Id, payload: Saying):
    """It is in every open page at once. The same `client_id` again answers 200 with the message it already is."""
    room = Room.visible_to(request.auth, room_id)
    return said(say(request.auth, room, payload))
