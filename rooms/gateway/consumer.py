"""The socket's edge: frames in, calls of the client out. Decides nothing itself."""

import logging
import time
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

from channels.consumer import AsyncConsumer
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from accounts.models import Token
from accounts.sessions import Principal, token_key
from common.db.threads import in_database, in_history_thread
from common.errors import ExpectedError
from common.http.client_address import address_of_scope
from rooms import commands
from rooms.client.client import Client
from rooms.client.connection import Connection
from rooms.delivery import metrics
from rooms.delivery.rate_limit import RateLimit
from rooms.feature import FrameHandler
from rooms.features import features
from rooms.hub.process import hub, is_stopping, running
from rooms.log.history import page
from rooms.models import Message, Room
from rooms.protocol import frames
from rooms.protocol.client_frames import (
    ClientFrame,
    EditFrame,
    EnterFrame,
    EraseFrame,
    FrameDecoder,
    HistoryFrame,
    LeaveFrame,
    PingFrame,
    ReadingFrame,
    SayFrame,
    SeenFrame,
    frame_id,
)
from rooms.protocol.errors import ChatError
from rooms.protocol.schemas import TransportName

from .handshake import bearer_of, is_own_origin, language_of, place_of, session_key_of

log = logging.getLogger(__name__)
access_log = logging.getLogger("chatsite.access")

AsgiEvent = dict[str, Any]

# Errors of which too many close the connection: close code, how many a second are tolerated, and how many at once.
STRIKES = {"slow_down": (4029, 10, 200), "bad_frame": (4014, 1, 20)}
CLOSE_CODES = {"bad_token": 4001, "banned": 4003, "not_signed_in": 4001, "too_many_sockets": 4009, "no_such_room": 4003}

# What reading a page of history costs the server, and others who wait for it, in ordinary frames.
MESSAGES_PER_FRAME = 10


# --- Handlers of the core's frames


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
    found = [message.to_dict() for message in messages]
    client.connection.send(frames.page(frame.id, frame.room, found, more))


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


@cache
def frame_handlers() -> dict[type[ClientFrame], FrameHandler]:
    """Handlers by the class of their frame: the core's, and those of the features."""
    return HANDLERS | {kind: handler for feature in features() for kind, handler in feature.frames.items()}


@cache
def frame_decoder() -> FrameDecoder:
    """Decodes the frames that have a handler."""
    return FrameDecoder(frame_handlers())


class ChatConsumer(AsyncConsumer):
    """One connection to `/ws/chat/`."""

    transport: TransportName = "websocket"
    connection_class = Connection

    def __init__(self) -> None:
        self.client: Client | None = None
        self.connection: Connection | None = None
        self.code = 1006
        self.received = 0
        self.has_ended = False
        self.may_write = True
        self.tolerated = {code: RateLimit(rate, burst) for code, (_close, rate, burst) in STRIKES.items()}

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[AsgiEvent]],
        send: Callable[[AsgiEvent], Awaitable[None]],
    ) -> None:
        # Channels' own dispatch makes tasks and a channel for each socket; the hub has one channel for the process.
        self.scope, self.base_send = scope, send
        started_at = time.monotonic()
        metrics.count_opening(self.transport)
        try:
            while not self.has_ended:
                event = await receive()
                await EVENTS[event["type"]](self, event)
        finally:
            self._log_end(time.monotonic() - started_at)
            if self.connection and (current := running()):
                current.clients.connections.discard(self.connection)
            if self.client:
                await self.client.leave(for_good=self.client.said_goodbye)

    def _log_end(self, seconds: float) -> None:
        """One line of the access log: who was connected, how long, and why it ended; nothing of what was said."""
        code = (self.connection and self.connection.close_code) or self.code
        metrics.count_end(self.transport, code)
        fields: dict[str, Any] = {
            "transport": self.transport,
            "user": self.client.user.pk if self.client else None,
            "code": code,
        }
        fields |= {"seconds": round(seconds, 3), "frames": self.received, "address": address_of_scope(self.scope)}
        access_log.info("connection", extra={"fields": fields})

    # --- Connecting

    async def connect(self, event: AsgiEvent) -> None:
        """Accept the connection and open a client for it, or say why not."""
        if not is_own_origin(self.scope):
            await self.send({"type": "websocket.close"})
            self.has_ended, self.code = True, 403
            return
        await self.send({"type": "websocket.accept"})
        self.connection = connection = self.connection_class(self.scope, self.base_send, language_of(self.scope))
        if is_stopping():
            connection.send_away()
            return
        hub().clients.connections.add(connection)
        try:
            await self._open(connection)
        except ExpectedError as error:
            self._refuse(connection, error)
        except DatabaseError:
            log.exception("Could not open a connection")
            self._refuse(connection, ChatError("unavailable", retry_after=1))

    async def _open(self, connection: Connection) -> None:
        (user, ends_at), key = await self._authenticate()
        connection.language = user.language or connection.language
        self.client = client = Client(hub(), user, key, connection)
        client.transport, client.session_ends_at = self.transport, ends_at
        await client.open(**place_of(self.scope))

    async def _authenticate(self) -> tuple[Principal, str]:
        """The `Principal`, and the key by which its session or token is checked later."""
        secret, key = bearer_of(self.scope), session_key_of(self.scope)
        if secret is not None:
            token = await in_database(Token.authenticate, secret)
            if token is None:
                raise ChatError("bad_token")
            self.may_write = token.may_write
            return Principal(token.user, None), token_key(token)
        principal = await hub().principals.submit(key) if key else None
        if principal is None or key is None:
            raise ChatError("not_signed_in")
        return principal, key

    @staticmethod
    def _refuse(connection: Connection, error: ExpectedError) -> None:
        connection.send_error(error)
        connection.close(CLOSE_CODES.get(error.code, 1011))

    # --- Frames

    async def receive(self, event: AsgiEvent) -> None:
        """Handle one frame; whatever is wrong with it is answered with an `error` frame."""
        client = self.client
        if client is None or hub().leases.check_lapsed() or client.is_closed:
            return  # refused, or closed from this side: only the connection has not ended yet
        text = event.get("text")
        self.received += 1
        metrics.frames.add()
        try:
            client.frame_rate.take()
            if text is None or len(text.encode()) > settings.CHAT_FRAME_BYTES:
                raise ChatError("bad_frame")
            frame = frame_decoder().decode(text)
            if not (self.may_write or isinstance(frame, ReadingFrame)):
                raise ChatError("read_only_token")
            await frame_handlers()[type(frame)](client, frame)
        except ChatError as error:
            client.connection.send_error(error, frame_id(text or ""))
            self._strike(client, error)
        except DatabaseError:
            log.exception("The database did not answer a frame")
            client.connection.send_error(ChatError("unavailable", retry_after=1), frame_id(text or ""))
        except Exception:
            log.exception("A frame could not be handled")
            client.connection.send_error(ChatError("internal"), frame_id(text or ""))

    def _strike(self, client: Client, error: ChatError) -> None:
        """Close the connection of a client that causes too many errors."""
        if error.code in STRIKES and not self.tolerated[error.code].try_take():
            client.close(STRIKES[error.code][0])

    async def disconnect(self, event: AsgiEvent) -> None:
        """The connection has ended."""
        self.has_ended, self.code = True, event.get("code") or 1006


EVENTS = {
    "websocket.connect": ChatConsumer.connect,
    "websocket.receive": ChatConsumer.receive,
    "websocket.disconnect": ChatConsumer.disconnect,
}
