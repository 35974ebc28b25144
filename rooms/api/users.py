"""The directory over REST, and private messages."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Field, Query, Router

from accounts.api.auth import signed_in
from accounts.api.routers import users
from accounts.models import User
from common.api.base import responses
from common.api.schemas import Id, ResponseSchema
from common.names import key
from rooms.direct.messages import private_messages, private_messages_etag, private_shape
from rooms.models import Room
from rooms.presence.directory import directory_rows
from rooms.presence.models import Socket
from rooms.protocol.errors import ChatError
from rooms.protocol.schemas import UserCard

from .actor import say, words_of
from .polling import unchanged
from .schemas import PrivateLog, PrivateSaid, PrivateSaying, Saying, UserList

router = Router(tags=["private messages"])


class Page(ResponseSchema):
    after: Id = 0
    limit: Annotated[Id, Field(ge=1, le=500)] = 100
    name: Annotated[str, Field(max_length=100)] = ""


class PrivatePage(ResponseSchema):
    before: Id | None = None
    limit: Annotated[Id, Field(ge=1, le=100)] = 50


@users.get("", response=responses(ok=UserList), auth=signed_in, summary="All users")
def list_users(request, page: Query[Page]):
    """Everybody with an account, in the order in which they came; who is connected, and in which room.

    With `name`, only who is called so, however it is written.
    """
    everybody = User.objects.filter(is_active=True)
    asked = everybody.filter(username_key=key(page.name)) if page.name else everybody
    found = list(asked.filter(pk__gt=page.after).order_by("pk")[: page.limit + 1])
    shown = found[: page.limit]
    return {
        "users": directory_rows(request.auth, shown),
        "total": everybody.count(),
        "online": Socket.people(),
        "after": shown[-1].pk if len(found) > page.limit else None,
    }


@users.get("/{user_id}", response=responses(ok=UserCard), auth=signed_in, summary="One user")
def one_user(request, user_id: Id):
    return directory_rows(request.auth, [somebody(user_id)])[0]


@users.get(
    "/{user_id}/messages",
    response=responses(ok=PrivateLog, unchanged=None),
    auth=signed_in,
    summary="One's private messages, by user",
)
def messages_of_user(request, user_id: Id, response: HttpResponse, page: Query[PrivatePage]):
    """As `GET /messages`, and for oneself only."""
    if user_id != request.auth.pk:
        raise ChatError("no_such_user")
    return own_messages(request, response, page)


@users.post(
    "/{user_id}/messages",
    response=responses(ok=PrivateSaid, created=PrivateSaid),
    auth=signed_in,
    summary="Write to a user",
)
def write_to_user(request, user_id: Id, payload: Saying):
    """A private message to that user, as by `POST /messages`."""
    return write_privately(request, user_id, payload)


@router.get("", response=responses(ok=PrivateLog, unchanged=None), summary="One's private messages")
def private(request, response: HttpResponse, page: Query[PrivatePage]):
    """Sent and received, newest last, each with its author and recipient."""
    return own_messages(request, response, page)


@router.post("", response=responses(ok=PrivateSaid, created=PrivateSaid), summary="Write a private message")
def write_private(request, payload: PrivateSaying):
    """It is in both people's open pages at once, and waits for who is away."""
    return write_privately(request, payload.recipient_id, payload)


def own_messages(request, response, page):
    if same := unchanged(request, response, f"{private_messages_etag(request.auth)}-{page.before}-{page.limit}"):
        return same
    shapes, before = private_messages(request.auth, page.before, page.limit)
    return {"messages": shapes, "before": before}


def write_privately(request, recipient_id, payload):
    other = somebody(recipient_id)
    words_of(payload)  # before a conversation begins
    room = Room.between(request.auth, other)
    saved = say(request.auth, room, payload)
    saved.message.room = room
    shape = private_shape(saved.message, {request.auth.pk: request.auth, other.pk: other})
    return 200 if saved.duplicate else 201, {**shape, "duplicate": saved.duplicate}


def somebody(user_id):
    user = User.objects.find_active(user_id)
    if user is None:
        raise ChatError("no_such_user")
    return user
