"""Handlers of the core's client frames: `async handler(client, frame)`."""

from django.utils import timezone

from common.db.threads import in_database, in_history_thread
from rooms import commands
from rooms.client.client import Client
from rooms.feature import FrameHandler
from rooms.log.history import page
from rooms.models import Message, Room
from rooms.protocol import frames

# What reading a page of history costs the server, and others who wait for it, in ordinary frames.
MESSAGES_PER_FRAME = 10


async def seen(client: Client, frame: frames.Seen) -> None:
    """Confirm what was received: the protocol's backpressure."""
    client.window.confirm(frame.rooms)


async def say(client: Client, frame: frames.Say) -> None:
    """Send a message, or run a '#' command."""
    client.rate.take()
    if commands.is_command(frame.text):
        await _run_command(client, frame)
    else:
        client.send_message(commands.unescape(frame.text), frame.id, frame.room)


async def _run_command(client: Client, frame: frames.Say) -> None:
    reply = await commands.run(client, frame.text, frame.id)
    client.connection.send(frames.reply(reply, str(frame.id)))
    if reply.code == "bye":
        client.said_goodbye = True
        client.close(1000)


async def edit(client: Client, frame: frames.Edit) -> None:
    """Give one's own message another text."""
    client.rate.take()
    client.edit(frame.room, frame.seq, frame.text, frame.id)


async def erase(client: Client, frame: frames.Erase) -> None:
    """Erase one's own message."""
    client.rate.take()
    client.erase(frame.room, frame.seq, frame.id)


async def enter(client: Client, frame: frames.Enter) -> None:
    """Enter a room, or open a conversation, and catch up."""
    if isinstance(frame.room, str):
        room = await in_database(Room.named, client.user, frame.room)
    else:
        room = await in_database(Room.visible_to, client.user, frame.room)
    await client.enter(room, frame.epoch, frame.version, frame.id)


async def leave(client: Client, frame: frames.Leave) -> None:
    """Go back to the default room."""
    await client.enter(await in_database(Room.default), frame_id=frame.id)


async def history(client: Client, frame: frames.HistoryPage) -> None:
    """Send a page of a room's log."""
    client.frame_rate.take(frame.limit // MESSAGES_PER_FRAME)
    messages, more = await in_history_thread(read_page, client, frame)
    client.connection.send(frames.page(frame.id, frame.room, messages, more))


def read_page(client: Client, frame: frames.HistoryPage) -> tuple[list[Message], bool]:
    """The page that a frame asks for, and whether there are older messages."""
    room = Room.visible_to(client.user, frame.room)
    return page(room, before=frame.before, after=frame.after, around=frame.around, limit=frame.limit)


async def ping(client: Client, frame: frames.Ping) -> None:
    """Answer with the server's time."""
    now = int(timezone.now().timestamp() * 1000)
    client.connection.send({"type": "pong", "t": frame.t, "time": now})


# What a token that may only read may send.
READING = (frames.Enter, frames.Leave, frames.HistoryPage, frames.Seen, frames.Ping)

HANDLERS: dict[type, FrameHandler] = {
    frames.Say: say,
    frames.Edit: edit,
    frames.Erase: erase,
    frames.Enter: enter,
    frames.Leave: leave,
    frames.HistoryPage: history,
    frames.Seen: seen,
    frames.Ping: ping,
}
