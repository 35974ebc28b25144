"""Private messages over REST."""

from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Field, Query, Router

from accounts.api.auth import signed_in
from accounts.api.requests import SignedInRequest
from accounts.models import User
from accounts.schemas import Person
from common.api.base import responses
from common.api.schemas import BodyId, Id, ResponseSchema
from rooms.api.polling import not_modified
from rooms.api.posting import message_text, post_message
from rooms.api.schemas import Saying
from rooms.models import Room
from rooms.protocol.errors import ChatError
from rooms.protocol.schemas import MessageDict

from .messages import private_messages, private_messages_etag, private_shape

router = Router(tags=["private messages"], auth=signed_in)
by_user = Router(tags=["users"], auth=signed_in)


class PrivateSaying(Saying):
    recipient_id: BodyId


class PrivateMessage(MessageDict):
    """A message of a private conversation; `room` is the conversation's own id."""

    room: int
    recipient: Person | None


class PrivateSaid(PrivateMessage):
    duplicate: bool


class PrivateLog(ResponseSchema):
    """Private messages, newest last; `before` leads to older ones, if it is not null."""

    messages: list[PrivateMessage]
    before: int | None


class PrivatePage(ResponseSchema):
    before: Id | None = None
    limit: Annotated[Id, Field(ge=1, le=100)] = 50


@by_user.get(
    "/{user_id}/messages",
    response=responses(ok=PrivateLog, unchanged=None),
    summary="One's private messages, by user",
    operation_id="rooms_api_users_messages_of_user",
)
def messages_of_user(
    request: SignedInRequest, user_id: Id, response: HttpResponse, page: Query[PrivatePage]
) -> HttpResponse | dict[str, Any]:
    """As `GET /messages`, and for oneself only."""
    if user_id != request.auth.pk:
        raise ChatError("no_such_user")
    return own_messages(request, response, page)


@by_user.post(
    "/{user_id}/messages",
    response=responses(ok=PrivateSaid, created=PrivateSaid),
    summary="Write to a user",
    operation_id="rooms_api_users_write_to_user",
)
def write_to_user(request: SignedInRequest, user_id: Id, payload: Saying) -> tuple[int, dict[str, Any]]:
    """A private message to that user, as by `POST /messages`."""
    return post_private(request.auth, user_id, payload)


@router.get(
    "",
    response=responses(ok=PrivateLog, unchanged=None),
    summary="One's private messages",
    operation_id="rooms_api_users_private",
)
def list_private(
    request: SignedInRequest, response: HttpResponse, page: Query[PrivatePage]
) -> HttpResponse | dict[str, Any]:
    """Sent and received, newest last, each with its author and recipient."""
    return own_messages(request, response, page)


@router.post(
    "",
    response=responses(ok=PrivateSaid, created=PrivateSaid),
    summary="Write a private message",
    operation_id="rooms_api_users_write_private",
)
def write_private(request: SignedInRequest, payload: PrivateSaying) -> tuple[int, dict[str, Any]]:
    """Stored, and delivered at once to all connected clients of both users."""
    return post_private(request.auth, payload.recipient_id, payload)


def own_messages(request: SignedInRequest, response: HttpResponse, page: PrivatePage) -> HttpResponse | dict[str, Any]:
    state = f"{private_messages_etag(request.auth)}-{page.before}-{page.limit}"
    if same := not_modified(request, response, state):
        return same
    messages, before = private_messages(request.auth, page.before, page.limit)
    return {"messages": messages, "before": before}


def post_private(user: User, recipient_id: int, payload: Saying) -> tuple[int, dict[str, Any]]:
    other = User.objects.find_active(recipient_id)
    if other is None:
        raise ChatError("no_such_user")
    message_text(payload)  # refused texts create no conversation
    room = Room.between(user, other)
    saved = post_message(user, room, payload)
    saved.message.room = room
    message = private_shape(saved.message, {user.pk: user, other.pk: other})
    return 200 if saved.duplicate else 201, {**message, "duplicate": saved.duplicate}
