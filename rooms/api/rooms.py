"""Rooms over REST: list, create and delete."""

from typing import Any

from django.http import HttpResponse
from ninja import Router

from accounts.api.auth import signed_in
from accounts.api.requests import SignedInRequest
from common.api.base import responses
from common.api.schemas import Id
from rooms import commands
from rooms.hub import facade
from rooms.lobby.snapshot import Snapshot
from rooms.models import Room
from rooms.protocol.errors import ChatError
from rooms.protocol.schemas import PublicRoomCard, RoomCard

from .actor import actor_of
from .schemas import NewRoom, Removed, RoomList

router = Router(tags=["rooms"], auth=signed_in)


@router.get("", response=responses(ok=RoomList), summary="All rooms")
def rooms(request: SignedInRequest) -> dict[str, Any]:
    """The public rooms, the default one first, each with the number of people in it."""
    now = Snapshot.take_for(request.auth)
    return {"rooms": now.cards(now.rooms)}


@router.post("", response=responses(created=RoomCard), summary="Create a room")
def create_room(request: SignedInRequest, payload: NewRoom, response: HttpResponse) -> tuple[int, PublicRoomCard]:
    """The caller owns the room; it is empty until a client enters."""
    facade.take_rate(request.auth.pk)
    room: Room = facade.on_loop(commands.open_room, actor_of(request), payload.name)
    response["Location"] = f"/api/v1/rooms/{room.pk}"
    return 201, room.to_dict()


@router.get("/{room_id}", response=responses(ok=RoomCard), summary="One room")
def one_room(request: SignedInRequest, room_id: Id) -> PublicRoomCard:
    card = Snapshot.take_for(request.auth).card(room_id)
    if card is None:
        raise ChatError("no_such_room")
    return card


@router.delete("/{room_id}", response=responses(ok=Removed), summary="Delete a room, or hide it")
def delete_room(request: SignedInRequest, room_id: Id) -> dict[str, str]:
    """The owner and staff close the room for everybody; anyone else only hides it from their own list."""
    facade.take_rate(request.auth.pk)
    room = Room.public_to(request.auth, room_id)
    reply: commands.CommandReply = facade.on_loop(commands.remove_room, actor_of(request), room)
    return {"code": reply.code, "text": reply.text}
