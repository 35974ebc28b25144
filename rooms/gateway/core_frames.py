"""Handlers of the core's client frames: `async handler(client, frame)`."""

from django.utils import timezone

from common.db.threads import in_database, in_history_thread
from rooms import commands
from rooms.client.client import Client
from rooms.feature import FrameHandler
from rooms.log.history import page
from rooms.models import Message, Room
from rooms.protocol import frames
from rooms.protocol.client_frames import (
    ClientFrame,
    EditFrame,
    EnterFrame,
    EraseFrame,
    HistoryFrame,
    LeaveFrame,
    PingFrame,
    SayFrame,
    SeenFrame,
)

# What reading a page of history costs the server, and others who wait for it, in ordinary frames.
MESSAGES_PER_FRAME = 10


async def seen(client: Client, frame: SeenFrame) -> None:
    """Confirm what was received: the protocol's backpressure."""
    client.window.confirm(frame.rooms)


async def say(client: Client, frame: SayFrame) -> None:
    """Send a message, or run a '#' command."""
    client.rate.take()
    if commands.is_command(frame.text):
        await _run_command(client, frame)
    else:
        client.send_message(commands.unescape(frame.text), frame.id, frame.room)


async def _run_command(client: Client, frame: SayFrame) -> None:
    reply = await commands.run(client, frame.text, frame.id)
    client.connection.send(frames.reply(reply.to_dict(), str(frame.id)))
    if reply.code == "bye":
        client.said_goodbye = True
        client.close(1000)


async def edit(client: Client, frame: EditFrame) -> None:
    """Give one's own message another text."""
    client.rate.take()
    client.edit(frame.room, frame.seq, frame.text, frame.id)


async def erase(client: Client, frame: EraseFrame) -> None:
    """Erase one's own message."""
    client.rate.take()
    client.erase(frame.room, frame.seq, frame.id)


async def enter(client: Client, frame: EnterFrame) -> None:
    """Enter a room, or open a conversation, and catch up."""
    if isinstance(frame.room, str):
        room = await in_database(Room.named, client.user, frame.room)
    else:
        room = await in_database(Room.visible_to, client.user, frame.room)
    await client.enter(room, frame.epoch, frame.version, frame.id)


async def leave(client: Client, frame: LeaveFrame) -> None:
    """Go back to the default room."""
    await client.enter(await in_database(Room.default), frame_id=frame.id)


async def history(client: Client, frame: HistoryFrame) -> None:
    """Send a page of a room's log."""
    client.frame_rate.take(frame.limit // MESSAGES_PER_FRAME)
    messages, more = await in_history_thread(read_page, client, frame)
    page = [message.to_dict() for message in messages]
    client.connection.send(frames.page(frame.id, frame.room, page, more))


def read_page(client: Client, frame: HistoryFrame) -> tuple[list[Message], bool]:
    """The page that a frame asks for, and whether there are older messages."""
    room = Room.visible_to(client.user, frame.room)
    return page(room, before=frame.before, after=frame.after, around=frame.around, limit=frame.limit)


async def ping(client: Client, frame: PingFrame) -> None:
    """Answer with the server's time."""
    now = int(timezone.now().timestamp() * 1000)
    client.connection.send(frames.pong(frame.t, now))


HANDLERS: dict[type[ClientFrame], FrameHandler] = {
    SayFrame: say,
    EditFrame: edit,
    EraseFrame: erase,
    EnterFrame: enter,
    LeaveFrame: leave,
    HistoryFrame: history,
    SeenFrame: seen,
    PingFrame: ping,
}
