"""The frames of /lab/: they show what the line and the server do. Edges as those of `rooms.gateway.consumer`."""

from django.utils.translation import gettext as _
from django.utils.translation import override

from common.db.threads import in_database
from rooms import commands
from rooms.announcements.models import Announcement
from rooms.models import Room, rights
from rooms.protocol import frames
from rooms.protocol.errors import ChatError

from .hub_part import LabPart
from .models import EVERY_SECONDS


async def echo(client, frame):
    """The same text back, to this client alone."""
    client.connection.send({"type": "echo", "id": frame.id, "text": frame.text})


async def watch(client, frame):
    """Which server this is and by what one has come; from now on its events."""
    client.connection.send(
        {
            "type": "watching",
            "id": frame.id,
            "server": client.hub.process_name,
            "channel_layer": "none" if client.hub.is_alone else "redis",
            "transport": client.transport,
            "event_seconds": EVERY_SECONDS,
        }
    )
    client.hub.part(LabPart).watch(client)


async def broadcast(client, frame):
    """Words to everybody, by staff; raises `not_allowed`."""
    client.rate.take()
    rights.require_announcer(client.user)
    if not frame.text.strip():
        raise ChatError("blank", field="text")
    await in_database(Announcement.keep, client.user, frame.text)
    client.hub.part(LabPart).broadcast(frame.text, client.user.username)
    with override(client.connection.language):
        reply = commands.CommandReply("broadcast", _("Everybody who is connected has been told."))
    client.connection.send(frames.reply(reply, frame.id))


async def close(client, frame):
    """Close a room for all, by its owner or staff; raises `not_allowed` where `#dR` would only hide it."""
    room = await in_database(Room.visible_to, client.user, frame.room)
    rights.require_moderator(client.user, room, "not_allowed")
    client.connection.send(frames.reply(await commands.close_room(client, room), frame.id))
