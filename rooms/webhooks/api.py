"""Webhooks of a room: its owner, or staff, opens ways in and out for other systems."""

import ipaddress
from datetime import datetime
from typing import Annotated

from django.conf import settings
from django.db import IntegrityError
from ninja import Field, Router

from accounts.api.auth import signed_in
from accounts.api.schemas import Person
from accounts.forms import BotForm
from accounts.passwords import note_account
from common import egress
from common.api.base import answers
from common.api.schemas import Body, Id, Shape
from common.errors import FormError
from rooms.api.posting import post_text, posted
from rooms.api.schemas import Said, Saying
from rooms.models import Room, rights
from rooms.protocol.errors import ChatError

from .models import URL_CHARACTERS, IncomingHook, OutgoingHook, new_bot

router = Router(tags=["webhooks"], auth=signed_in)
way_in = Router(tags=["webhooks"])


class Bot(Body):
    name: Annotated[str, Field(max_length=200)]


class Receiver(Body):
    url: Annotated[str, Field(max_length=URL_CHARACTERS)]


class WayIn(Shape):
    id: int
    room: int
    bot: Person
    rests: bool
    created_at: datetime


class NewWayIn(WayIn):
    """`url` holds the secret, and is told this once."""

    url: str


class WayOut(Shape):
    id: int
    room: int
    url: str
    rests: bool
    created_at: datetime


class NewWayOut(WayOut):
    """`secret` signs what is sent, and is told this once."""

    secret: str


class Hooks(Shape):
    incoming: list[WayIn]
    outgoing: list[WayOut]


@router.get("/{room_id}/hooks", response=answers(ok=Hooks), summary="A room's webhooks")
def hooks(request, room_id: Id):
    room = ruled_room(request, room_id)
    incoming = room.incoming_hooks.with_say().select_related("bot").order_by("pk")
    return {
        "incoming": [hook.to_dict() for hook in incoming],
        "outgoing": [hook.to_dict() for hook in room.outgoing_hooks.with_say().order_by("pk")],
    }


@router.post("/{room_id}/hooks/incoming", response=answers(created=NewWayIn), summary="Open a way in")
def open_way_in(request, room_id: Id, payload: Bot):
    """The answer's `url` says in the room, as a bot of that name, whatever is posted to it."""
    room = ruled_room(request, room_id)
    form = BotForm({"username": payload.name})
    if not form.is_valid():
        raise FormError(form, username="name")
    note_account(request)
    try:
        hook, secret = IncomingHook.make(room, new_bot(form.cleaned_data["username"]), request.auth)
    except IntegrityError:
        form.refuse_taken()
        raise FormError(form, username="name") from None
    return 201, {**hook.to_dict(), "url": request.build_absolute_uri(f"/api/v1/hooks/{secret}")}


@router.post("/{room_id}/hooks/outgoing", response=answers(created=NewWayOut), summary="Open a way out")
def open_way_out(request, room_id: Id, payload: Receiver):
    """From now on the address is told of every message of the room, and of every change of one."""
    room = ruled_room(request, room_id)
    require_public(payload.url)
    hook = OutgoingHook.make(room, payload.url, request.auth)
    return 201, {**hook.to_dict(), "secret": hook.secret}


@router.delete("/{room_id}/hooks/incoming/{hook_id}", response=answers(nothing=None), summary="Close a way in")
def close_way_in(request, room_id: Id, hook_id: Id):
    """Its bot ends with it if it has never said anything."""
    if not IncomingHook.end(ruled_room(request, room_id).incoming_hooks.filter(pk=hook_id)):
        raise ChatError("no_such_hook")
    return 204, None


@router.delete("/{room_id}/hooks/outgoing/{hook_id}", response=answers(nothing=None), summary="Close a way out")
def close_way_out(request, room_id: Id, hook_id: Id):
    deleted, _each = ruled_room(request, room_id).outgoing_hooks.filter(pk=hook_id).delete()
    if not deleted:
        raise ChatError("no_such_hook")
    return 204, None


@way_in.post("/{secret}", response=answers(ok=Said, created=Said), summary="Say something as a bot")
def come_in(request, secret: str, payload: Saying):
    """The address is the right to do so. The text is said as it is: `#` means nothing here."""
    hook = IncomingHook.of(secret)
    return posted(post_text(hook.bot, hook.room, payload.text, payload.client_id))


def ruled_room(request, room_id):
    room = Room.public_to(request.auth, room_id)
    rights.require_moderator(request.auth, room)
    return room


def require_public(url):
    """Refuse at once what can be seen to lead nowhere; where a name leads is looked at whenever something is sent."""
    try:
        host, *_rest = egress.parts_of(url)
        is_closed = not settings.HOOKS_TO_PRIVATE_ADDRESSES and is_address(host) and not egress.is_public(host)
    except OSError:
        is_closed = True
    if is_closed:
        raise ChatError("bad_address", field="url")


def is_address(host):
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False
