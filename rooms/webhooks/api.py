"""Webhooks over REST: a room's owner and staff make and delete them, and other systems post to incoming ones."""

import ipaddress
from datetime import datetime
from typing import Annotated

from django.conf import settings
from django.db import IntegrityError
from django.http import HttpRequest
from ninja import Field, Router

from accounts.api.auth import signed_in
from accounts.api.requests import SignedInRequest
from accounts.forms import BotForm
from accounts.passwords import throttle_account_creation
from accounts.schemas import Person
from common import egress
from common.api.base import responses
from common.api.schemas import Id, RequestSchema, ResponseSchema
from common.errors import FormError
from rooms.api.posting import post_text, posted
from rooms.api.schemas import Said, Saying
from rooms.models import Room, rights
from rooms.protocol.errors import ChatError

from .models import URL_MAX_CHARACTERS, IncomingHook, OutgoingHook, new_bot

router = Router(tags=["webhooks"], auth=signed_in)
incoming_router = Router(tags=["webhooks"])  # the secret in the path is the authentication
ROUTERS = [("rooms", router), ("hooks", incoming_router)]


class NewIncoming(RequestSchema, title="Bot"):
    name: Annotated[str, Field(max_length=200)]


class NewOutgoing(RequestSchema, title="Receiver"):
    url: Annotated[str, Field(max_length=URL_MAX_CHARACTERS)]


class Incoming(ResponseSchema, title="WayIn"):
    id: int
    room: int
    bot: Person
    rests: bool
    created_at: datetime


class IncomingWithSecret(Incoming, title="NewWayIn"):
    """`url` contains the secret, and is returned this once."""

    url: str


class Outgoing(ResponseSchema, title="WayOut"):
    id: int
    room: int
    url: str
    rests: bool
    created_at: datetime


class OutgoingWithSecret(Outgoing, title="NewWayOut"):
    """`secret` signs deliveries, and is returned this once."""

    secret: str


class HookLists(ResponseSchema, title="Hooks"):
    incoming: list[Incoming]
    outgoing: list[Outgoing]


@router.get(
    "/{room_id}/hooks",
    response=responses(ok=HookLists),
    summary="A room's webhooks",
    operation_id="rooms_api_hooks_hooks",
)
def list_hooks(request: SignedInRequest, room_id: Id) -> dict[str, object]:
    room = moderated_room(request, room_id)
    incoming = IncomingHook.objects.filter(room=room).with_permission().select_related("bot").order_by("pk")
    outgoing = OutgoingHook.objects.filter(room=room).with_permission().order_by("pk")
    return {"incoming": [hook.to_dict() for hook in incoming], "outgoing": [hook.to_dict() for hook in outgoing]}


@router.post(
    "/{room_id}/hooks/incoming",
    response=responses(created=IncomingWithSecret),
    summary="Add an incoming webhook",
    operation_id="rooms_api_hooks_open_way_in",
)
def make_incoming(request: SignedInRequest, room_id: Id, payload: NewIncoming) -> tuple[int, dict[str, object]]:
    """What is posted to the answer's `url` appears in the room as a message of a bot with that name."""
    room = moderated_room(request, room_id)
    form = BotForm({"username": payload.name})
    if not form.is_valid():
        raise FormError(form, username="name")
    throttle_account_creation(request)
    try:
        hook, secret = IncomingHook.make(room, new_bot(form.cleaned_data["username"]), request.auth)
    except IntegrityError:
        form.refuse_taken()
        raise FormError(form, username="name") from None
    return 201, {**hook.to_dict(), "url": request.build_absolute_uri(f"/api/v1/hooks/{secret}")}


@router.post(
    "/{room_id}/hooks/outgoing",
    response=responses(created=OutgoingWithSecret),
    summary="Add an outgoing webhook",
    operation_id="rooms_api_hooks_open_way_out",
)
def make_outgoing(request: SignedInRequest, room_id: Id, payload: NewOutgoing) -> tuple[int, dict[str, object]]:
    """From now on every message of the room, and every change of one, is posted to that address."""
    room = moderated_room(request, room_id)
    require_public_address(payload.url)
    hook = OutgoingHook.make(room, payload.url, request.auth)
    return 201, {**hook.to_dict(), "secret": hook.secret}


@router.delete(
    "/{room_id}/hooks/incoming/{hook_id}",
    response=responses(nothing=None),
    summary="Delete an incoming webhook",
    operation_id="rooms_api_hooks_close_way_in",
)
def delete_incoming(request: SignedInRequest, room_id: Id, hook_id: Id) -> tuple[int, None]:
    """Deletes its bot too, unless the bot has written a message."""
    room = moderated_room(request, room_id)
    if not IncomingHook.delete_with_bots(IncomingHook.objects.filter(room=room, pk=hook_id)):
        raise ChatError("no_such_hook")
    return 204, None


@router.delete(
    "/{room_id}/hooks/outgoing/{hook_id}",
    response=responses(nothing=None),
    summary="Delete an outgoing webhook",
    operation_id="rooms_api_hooks_close_way_out",
)
def delete_outgoing(request: SignedInRequest, room_id: Id, hook_id: Id) -> tuple[int, None]:
    room = moderated_room(request, room_id)
    deleted, _by_model = OutgoingHook.objects.filter(room=room, pk=hook_id).delete()
    if not deleted:
        raise ChatError("no_such_hook")
    return 204, None


@incoming_router.post(
    "/{secret}",
    response=responses(ok=Said, created=Said),
    summary="Write a message as a bot",
    operation_id="rooms_api_hooks_come_in",
)
def receive(request: HttpRequest, secret: str, payload: Saying) -> tuple[int, dict[str, object]]:
    """The secret in the address is the only authentication. The text is never read as a '#' command."""
    hook = IncomingHook.by_secret(secret)
    return posted(post_text(hook.bot, hook.room, payload.text, payload.client_id))


def moderated_room(request: SignedInRequest, room_id: int) -> Room:
    """A public room that the caller can moderate; raises `no_such_room`, `not_your_room`."""
    room = Room.public_to(request.auth, room_id)
    rights.require_moderator(request.auth, room)
    return room


def require_public_address(url: str) -> None:
    """Raise `bad_address` for a malformed URL or a private address; host names are checked at each delivery."""
    try:
        host, *_rest = egress.parse_url(url)
        is_refused = not settings.HOOKS_TO_PRIVATE_ADDRESSES and is_address(host) and not egress.is_public(host)
    except OSError:
        is_refused = True
    if is_refused:
        raise ChatError("bad_address", field="url")


def is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False
