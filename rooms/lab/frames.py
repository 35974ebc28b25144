"""The frames of /lab/: they show what the line and the server do. Edges as those of `rooms.gateway.consumer`."""

from django.utils.translation import gettext as _
from django.utils.translation import override

from common.db.threads import in_database
from rooms import commands
from rooms.announcements.models import Announcement
from rooms.delivery.hub import hub
from rooms.models import Room, rights
from rooms.protocol import frames
from rooms.protocol.errors import ChatError

from .models import EVERY_SECONDS


async def echo(consumer, frame):
    """The same text back, to this client alone."""
    consumer.client.connection.tell({"type": "echo", "id": frame.id, "text": frame.text})


async def watch(consumer, frame):
    """Which server this is and by what one has come; from now on its events."""
    consumer.client.connection.tell(
        {
            "type": "watching",
            "id": frame.id,
            "server": hub().leases.name,
            "channel_layer": "none" if hub().pubsub.is_mute else "redis",
            "transport": consumer.transport,
            "event_seconds": EVERY_SECONDS,
        }
    )
    hub().lab.watch(consumer.client)


async def broadcast(consumer, frame):
    """Words to everybody, by staff; raises `not_allowed`."""
    client = consumer.client
    client.rate.take()
    rights.require_announcer(client.user)
    if not frame.text.strip():
        raise ChatError("blank", field="text")
    await in_database(Announcement.keep, client.user, frame.text)
    hub().lab.broadcast(frame.text, client.user.username)
    with override(client.connection.language):
        reply = commands.Reply("broadcast", _("Everybody who is connected has been told."))
    client.connection.tell(frames.reply(reply, frame.id))


async def close(consumer, frame):
    """Close a room for all, by its owner or staff; raises `not_allowed` where `#dR` would only hide it."""
    client = consumer.client
    room = await in_database(Room.visible_to, client.user, frame.room)
    rights.require_moderator(client.user, room, "not_allowed")
    client.connection.tell(frames.reply(await commands.close_room(client, room), frame.id))
