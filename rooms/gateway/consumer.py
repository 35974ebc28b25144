"""The socket's edge: frames in, verbs of the client out. Decides nothing itself."""

import logging
import time

from channels.consumer import AsyncConsumer
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from accounts.models import Token
from accounts.sessions import Principal, key_of
from common.db.threads import in_database, on_page_thread
from common.errors import ExpectedError
from common.http.client_address import address_of_scope
from rooms import commands
from rooms.client.client import Client
from rooms.client.connection import Connection
from rooms.delivery import metrics
from rooms.delivery.hub import hub, is_ending, running
from rooms.delivery.rate_limit import Bucket
from rooms.lab import frames as lab
from rooms.log import history
from rooms.models import Room
from rooms.moderation import frames as order
from rooms.protocol import frames
from rooms.protocol.errors import ChatError

from .handshake import bearer_of, is_own_origin, language_of, place_of, session_key_of

log = logging.getLogger(__name__)
access = logging.getLogger("common.http.access_log")
# Refusals of which too many end the connection: close code, how many a second are borne, and how many at once.
STRIKES = {"slow_down": (4029, 10, 200), "bad_frame": (4014, 1, 20)}
# What reading a page of history costs the server, and others who wait for it, beside an ordinary frame.
MESSAGES_AS_A_FRAME = 10
CLOSE_CODES = {"bad_token": 4001, "banned": 4003, "not_signed_in": 4001, "too_many_sockets": 4009, "no_such_room": 4003}
READING = (
    frames.Enter,
    frames.Leave,
    frames.HistoryPage,
    frames.Seen,
    frames.Read,
    frames.Typing,
    frames.Ping,
    frames.Echo,
    frames.Watch,
    frames.Banned,
)


class ChatConsumer(AsyncConsumer):
    """One connection to `/ws/chat/`."""

    transport = "websocket"
    connection_class = Connection

    def __init__(self):
        self.client = None
        self.line = None
        self.code = 1006
        self.heard = 0
        self.said_goodbye = False
        self.has_ended = False
        self.may_write = True
        self.frames = Bucket(settings.CHAT_FRAME_RATE, settings.CHAT_FRAME_BURST)
        self.patience = {code: Bucket(*rate) for code, (_close, *rate) in STRIKES.items()}

    async def __call__(self, scope, receive, send):
        # Channels' own loop makes tasks and a channel for each socket; the hub has one channel for the whole process.
        self.scope, self.base_send = scope, send
        began = time.monotonic()
        metrics.note_opening(self.transport)
        try:
            while not self.has_ended:
                event = await receive()
                await EVENTS[event["type"]](self, event)
        finally:
            self._note_end(time.monotonic() - began)
            if self.line and running():
                running().lines.discard(self.line)
            if self.client:
                await self.client.leave(for_good=self.said_goodbye)

    def _note_end(self, seconds):
        """One line of the log: who was connected, how long, and why no more; nothing of what was said."""
        code = (self.line and self.line.close_code) or self.code
        metrics.note_end(self.transport, code)
        fields = {"transport": self.transport, "user": self.client.user.pk if self.client else None, "code": code}
        fields |= {"seconds": round(seconds, 3), "frames": self.heard, "address": address_of_scope(self.scope)}
        access.info("connection", extra={"fields": fields})

    async def connect(self, event):
        if not is_own_origin(self.scope):
            await self.send({"type": "websocket.close"})
            self.has_ended, self.code = True, 403
            return
        await self.send({"type": "websocket.accept"})
        connection = self.connection_class(self.scope, self.base_send, language_of(self.scope))
        self.line = connection
        if is_ending():
            connection.send_away()
            return
        hub().lines.add(connection)
        try:
            await self._open(connection)
        except ExpectedError as error:
            self._turn_away(connection, error)
        except DatabaseError:
            log.exception("Could not open a connection")
            self._turn_away(connection, ChatError("unavailable", retry_after=1))

    async def _open(self, connection):
        (user, ends_at), key = await self._who()
        connection.language = user.language or connection.language
        self.client = Client(hub(), user, key, connection)
        await self.client.open(**place_of(self.scope))
        hub().sessions.expect_end(self.client, ends_at)

    async def _who(self):
        """The `Principal`, and what stands for the session or token when it is checked whether that still holds."""
        secret, key = bearer_of(self.scope), session_key_of(self.scope)
        if secret is not None:
            token = await in_database(Token.of, secret)
            if token is None:
                raise ChatError("bad_token")
            self.may_write = token.may_write
            return Principal(token.user, None), key_of(token)
        holder = await hub().holders.ask(key) if key else None
        if holder is None:
            raise ChatError("not_signed_in")
        return holder, key

    def _turn_away(self, connection, error):
        connection.refuse(error)
        connection.close(CLOSE_CODES.get(error.code, 1011))

    async def receive(self, event):
        if self.client is None or hub().leases.is_lapsed() or self.client.connection.closed:
            return  # turned away, or closed from this side: the line only has not ended yet
        text = event.get("text")
        self.heard += 1
        metrics.frames.add()
        try:
            self.frames.take()
            if text is None or len(text.encode()) > settings.CHAT_FRAME_BYTES:
                raise ChatError("bad_frame")
            frame = frames.decode(text)
            if not (self.may_write or isinstance(frame, READING)):
                raise ChatError("read_only_token")
            await FRAMES[type(frame)](self, frame)
        except ChatError as error:
            self.client.connection.refuse(error, frames.id_of(text or ""))
            self._strike(error)
        except DatabaseError:
            log.exception("The database did not answer a frame")
            self.client.connection.refuse(ChatError("unavailable", retry_after=1), frames.id_of(text))
        except Exception:
            log.exception("A frame could not be handled")
            self.client.connection.refuse(ChatError("internal"), frames.id_of(text))

    def _strike(self, error):
        """Who goes on and on being refused is cut off in the end."""
        if error.code in STRIKES and not self.patience[error.code].has_one():
            self.client.end(STRIKES[error.code][0])

    async def seen(self, frame):
        self.client.window.seen(frame.rooms)

    async def read(self, frame):
        self.client.read(frame.room, frame.seq)

    async def typing(self, frame):
        self.client.type_in(frame.room)

    async def say(self, frame):
        self.client.rate.take()
        if commands.is_command(frame.text):
            await self._command(frame)
        else:
            self.client.say(commands.unescape(frame.text), frame.id, frame.room)

    async def edit(self, frame):
        self.client.rate.take()
        self.client.edit(frame.room, frame.seq, frame.text, frame.id)

    async def erase(self, frame):
        self.client.rate.take()
        self.client.erase(frame.room, frame.seq, frame.id)

    async def _command(self, frame):
        reply = await commands.run(self.client, frame.text, frame.id)
        self.client.connection.tell(frames.reply(reply, str(frame.id)))
        if reply.code == "bye":
            self.said_goodbye = True
            self.client.end(1000)

    async def enter(self, frame):
        user = self.client.user
        if isinstance(frame.room, str):
            room = await in_database(Room.named, user, frame.room)
        else:
            room = await in_database(Room.visible_to, user, frame.room)
        await self.client.enter(room, frame.epoch, frame.version, frame.id)

    async def leave(self, frame):
        await self.client.enter(await in_database(Room.default), frame_id=frame.id)

    async def history(self, frame):
        self.frames.take(frame.limit // MESSAGES_AS_A_FRAME)
        messages, more = await on_page_thread(self._page, frame)
        self.client.connection.tell(frames.page(frame.id, frame.room, messages, more))

    def _page(self, frame):
        room = Room.visible_to(self.client.user, frame.room)
        return history.page(room, before=frame.before, after=frame.after, around=frame.around, limit=frame.limit)

    async def ping(self, frame):
        now = int(timezone.now().timestamp() * 1000)
        self.client.connection.tell({"type": "pong", "t": frame.t, "time": now})

    async def disconnect(self, event):
        self.has_ended, self.code = True, event.get("code") or 1006


EVENTS = {
    "websocket.connect": ChatConsumer.connect,
    "websocket.receive": ChatConsumer.receive,
    "websocket.disconnect": ChatConsumer.disconnect,
}

FRAMES: dict = {
    frames.Say: ChatConsumer.say,
    frames.Edit: ChatConsumer.edit,
    frames.Erase: ChatConsumer.erase,
    frames.Enter: ChatConsumer.enter,
    frames.Leave: ChatConsumer.leave,
    frames.HistoryPage: ChatConsumer.history,
    frames.Seen: ChatConsumer.seen,
    frames.Read: ChatConsumer.read,
    frames.Typing: ChatConsumer.typing,
    frames.Ping: ChatConsumer.ping,
    frames.Echo: lab.echo,
    frames.Watch: lab.watch,
    frames.Broadcast: lab.broadcast,
    frames.Close: lab.close,
    frames.Moderate: order.moderate,
    frames.Slow: order.slow,
    frames.Banned: order.banned,
    frames.Report: order.report,
    frames.Block: order.block,
}
