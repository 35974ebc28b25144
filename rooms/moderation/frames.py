"""Handlers of the moderation frames: moderate, slow, banned, report, block."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVarTuple

from rooms.client.client import Client
from rooms.commands import CommandReply
from rooms.feature import FrameHandler
from rooms.protocol import frames

from . import schemas, verbs

Ts = TypeVarTuple("Ts")


async def moderate(client: Client, frame: schemas.ModerateFrame) -> None:
    await send_reply(client, frame.id, verbs.moderate, frame.room, frame.action, frame.user)


async def set_slow_mode(client: Client, frame: schemas.SlowFrame) -> None:
    await send_reply(client, frame.id, verbs.set_slow_mode, frame.room, frame.seconds)


async def list_banned(client: Client, frame: schemas.BannedFrame) -> None:
    await send_reply(client, frame.id, verbs.list_banned, frame.room)


async def report(client: Client, frame: schemas.ReportFrame) -> None:
    await send_reply(client, frame.id, verbs.report, frame.room, frame.seq, frame.why)


async def set_block(client: Client, frame: schemas.BlockFrame) -> None:
    await send_reply(client, frame.id, verbs.set_block, frame.user, frame.blocked)


async def send_reply(
    client: Client, frame_id: str, verb: Callable[[Client, *Ts], Awaitable[CommandReply]], *args: *Ts
) -> None:
    """Run a verb as this client and send its reply; counts against the user's message rate."""
    client.rate.take()
    reply = await verb(client, *args)
    client.connection.send(frames.reply(reply.to_dict(), frame_id))


FRAMES: Mapping[type, FrameHandler] = {
    schemas.ModerateFrame: moderate,
    schemas.SlowFrame: set_slow_mode,
    schemas.BannedFrame: list_banned,
    schemas.ReportFrame: report,
    schemas.BlockFrame: set_block,
}
