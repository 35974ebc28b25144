"""The frames of /lab/: they show what the line and the server do. Edges as those of `rooms.gateway.consumer`."""

from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import override

from common.db.threads import in_database
from rooms import commands
from rooms.announcements.models import Announcement
from rooms.models import Room, rights
from rooms.protocol import frames
from rooms.protocol.errors import ChatError

from . import schemas
from .hub_part import LabPart
from .models import EVERY_SECONDS


async def echo(client, frame):
    """The same text back, to this client alone."""
    client.connection.send(schemas.echoed(frame.id, frame.text))


async def watch(client, frame):
    """Which server this is and by what one has come; from now on its events."""
    hub = client.hub
    layer: Literal["redis", "none"] = "none" if hub.is_alone else "redis"
    client.connection.send(schemas.watching(frame.id, hub.process_name, layer, client.transport, EVERY_SECONDS))
    client.hub.part(LabPart).watch(client)


async def broadcast(client, frame):
    """Words to everybody, by staff; raises `not_allowed`."""
    client.rate.take()
    rights.require_announcement(client.user)
    if not frame.text.strip():
        raise ChatError("blank", field="text")
    await in_database(Announcement.keep, client.user, frame.text)
    client.hub.part(LabPart).broadcast(frame.text, client.user.username)
    with override(client.connection.language):
        reply = commands.Reply("broadcast", _("Everybody who is connected has been told."))
    client.connection.send(frames.reply(reply.to_dict(), frame.id))


async def close(client, frame):
    """Close a room for all, by its owner or staff; raises `not_allowed` where `#dR` would only hide it."""
    room = await in_database(Room.visible_to, client.user, frame.room)
    rights.require_rule(client.user, room, "not_allowed")
    reply = await commands.close_room(client, room)
    client.connection.send(frames.reply(reply.to_dict(), frame.id))
