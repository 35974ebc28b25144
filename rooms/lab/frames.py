"""Handlers of the frames of /lab/: echo, watch, broadcast, close."""

from collections.abc import Mapping
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import override

from common.db.threads import in_database
from rooms import commands
from rooms.announcements import Announcement
from rooms.client.client import Client
from rooms.feature import FrameHandler
from rooms.models import Room, rights
from rooms.protocol import frames
from rooms.protocol.errors import ChatError

from . import schemas
from .hub_part import LabPart
from .models import INTERVAL_SECONDS


async def echo(client: Client, frame: schemas.SendEchoFrame) -> None:
    """Send the text back to this client only."""
    client.connection.send(schemas.echoed(frame.id, frame.text))


async def watch(client: Client, frame: schemas.WatchFrame) -> None:
    """Subscribe the client to server events; the reply names the server process and the transport."""
    hub = client.hub
    layer: Literal["redis", "none"] = "none" if hub.is_alone else "redis"
    client.connection.send(schemas.watching(frame.id, hub.process_name, layer, client.transport, INTERVAL_SECONDS))
    client.hub.part(LabPart).watch(client)


async def broadcast(client: Client, frame: schemas.BroadcastFrame) -> None:
    """Send an announcement to all connected clients; raises `not_allowed` unless the user is staff, or `blank`."""
    client.rate.take()
    rights.require_announcer(client.user)
    if not frame.text.strip():
        raise ChatError("blank", field="text")
    await in_database(Announcement.store, client.user, frame.text)
    client.hub.part(LabPart).broadcast(frame.text, client.user.username)
    with override(client.language):
        reply = commands.CommandReply("broadcast", _("Everybody who is connected has been told."))
    client.connection.send(frames.reply(reply.to_dict(), frame.id))


async def close(client: Client, frame: schemas.CloseFrame) -> None:
    """Close a room for everybody; raises `not_allowed` unless the user owns the room or is staff."""
    room = await in_database(Room.visible_to, client.user, frame.room)
    rights.require_moderator(client.user, room, "not_allowed")
    client.connection.send(frames.reply((await commands.close_room(client, room)).to_dict(), frame.id))


FRAMES: Mapping[type, FrameHandler] = {
    schemas.SendEchoFrame: echo,
    schemas.WatchFrame: watch,
    schemas.BroadcastFrame: broadcast,
    schemas.CloseFrame: close,
}
