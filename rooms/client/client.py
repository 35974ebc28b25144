"""One connected tab, phone or terminal: it is in one room at a time."""

import asyncio
import logging
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from common.db.threads import in_database
from common.errors import ExpectedError
from rooms.delivery import metrics
from rooms.delivery.outbox import Entry, Outcome
from rooms.delivery.rate_limit import RateLimit
from rooms.lobby import notices
from rooms.log.drafts import Draft, MessageEdit, MessageErasure
from rooms.models import Membership, Room
from rooms.models.message import isoformat_ms
from rooms.presence.placement import Placed
from rooms.protocol import frames
from rooms.protocol.encoding import EncodedFrame
from rooms.protocol.errors import ChatError
from rooms.protocol.schemas import DirectRoomCard, PublicRoomCard, TransportName

from .connection import Connection
from .hub_interface import HubInterface
from .room_list import ClientRoomList
from .window import Window

log = logging.getLogger(__name__)

C = TypeVar("C", PublicRoomCard, DirectRoomCard)


class Client:
    """What a user can do through one connection, and what the hub sends them there."""

    has_connection = True  # unlike `OfflineActor`

    def __init__(self, hub: HubInterface, user: User, session_key: str, connection: Connection) -> None:
        self.hub = hub
        self.user = user
        self.session_key = session_key
        self.connection = connection
        self.rate = hub.rate_of(user.pk)
        self.frame_rate = RateLimit(settings.CHAT_FRAME_RATE, settings.CHAT_FRAME_BURST)
        self.room_id: int | None = None
        self.said_goodbye = False
        self.transport: TransportName = "websocket"
        self.session_ends_at: datetime | None = None  # tokens have no end
        self.blocked: dict[int, User] = {}  # users whose messages this client does not show
        self.room_list = ClientRoomList(self)
        self.window = Window()
        self._socket_id: int | None = None
        self.moving = asyncio.Lock()

    @property
    def language(self) -> str:
        """The language in which this client is addressed."""
        return self.connection.language

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return self.connection.is_closed

    @property
    def is_greeted(self) -> bool:
        """Whether `hello` has been sent, which comes before everything else."""
        return self.room_id is not None

    @property
    def unlisted(self) -> set[int]:
        """Ids of the rooms that are not on this client's list."""
        return self.room_list.unlisted

    # --- Connecting

    async def open(self, room_id: int | None = None, epoch: str = "", version: int = 0) -> None:
        """Greet, and enter the room asked for, or else the default room; raises `too_many_sockets`."""
        if len(self.hub.clients_of(self.user.pk)) >= settings.CHAT_SOCKETS_PER_USER:
            raise ChatError("too_many_sockets")
        self.hub.register(self)
        await self.hub.lobby.ready.wait()
        await self.hub.leases.held()
        async with self.moving:
            room = await self._arrive(room_id)
            self._send_hello(room)
            await self._enter_room(room, epoch, version)
            # From the state that `hello` told, and after it: no part subscribes to anything before.
            for part in self.hub.parts:
                await part.client_greeted(self)
        if not epoch:
            with override(self.language):
                self.connection.send(notices.welcome(room.pk, self.user.username))

    async def _arrive(self, room_id: int | None) -> Room:
        """Load what is the user's, and place the client in the room asked for, or else in the default room."""
        as_of = self.hub.access.as_of
        loaded = await self.hub.bootstrap.submit(self.user.pk)
        hidden = {pk for pk, membership in loaded.memberships.items() if membership.hidden_at}
        self.room_list.begin(hidden, loaded.removed, as_of)
        for part, found in zip(self.hub.parts, loaded.parts, strict=True):
            part.client_loaded(self, found)
        default = self.hub.snapshot.default
        room = (await self._room(room_id) if room_id else None) or default
        try:
            await self._place_in(room, loaded.memberships)
        except ChatError:  # closed at this very moment
            room = default
            await self._place_in(room, loaded.memberships)
        listed = {pk: one for pk, one in loaded.memberships.items() if pk not in self.unlisted}
        for part in self.hub.parts:
            part.client_placed(self, listed)
        return room

    async def _room(self, room_id: int) -> Room | None:
        # A room that was created a moment ago may be missing in the snapshot.
        return self.hub.snapshot.rooms.get(room_id) or await in_database(Room.public().filter(pk=room_id).first)

    async def _place_in(self, room: Room, memberships: Mapping[int, Membership]) -> None:
        is_member = room.pk in memberships and room.pk not in self.unlisted
        as_of = self.hub.access.as_of
        self._socket_id, placed = await self.hub.leases.arrive(self.user, room, is_member)
        self._note_placed(room, placed, as_of)

    def _note_placed(self, room: Room, placed: Placed, as_of: int) -> None:
        self.room_list.join(room.pk, as_of)
        if placed.was_hidden:
            self.hub.publish_listing(self.user.pk, room, is_hidden=False)
        self.notify_joined(room, placed)

    def notify_joined(self, room: Room, placed: Placed) -> None:
        """Tell all parts that the client's user is in a room."""
        for part in self.hub.parts:
            part.room_joined(self, room, placed)

    def _send_hello(self, room: Room) -> None:
        snapshot = self.hub.snapshot
        with override(self.language):
            rooms = [self.card(card) for card in snapshot.cards(snapshot.rooms) if card["id"] not in self.unlisted]
            parts = {name: value for part in self.hub.parts for name, value in part.hello(self).items()}
            frame = frames.hello(self.user.to_dict(), isoformat_ms(timezone.now()), room.pk, rooms, parts)
        self.connection.send(frame)
        for part in self.hub.parts:
            part.hello_sent(self)

    def ignores(self, user_id: int) -> bool:
        """Whether this client's user has blocked that one."""
        return user_id in self.blocked

    def card(self, card: C) -> C:
        """A room's card with the fields that are this client's own."""
        own: dict[str, Any] = dict(card)
        for part in self.hub.parts:
            own |= part.card(self, own["id"])
        return cast(C, own)

    # --- Rooms

    async def enter(self, room: Room, epoch: str = "", version: int = 0, frame_id: str | None = None) -> None:
        """Enter `room` and catch up from `version` of `epoch`; raises `no_such_room`.

        A room that a part opens (a direct conversation) is only caught up with: the client stays where it is.
        """
        async with self.moving:
            for part in self.hub.parts:
                if part.room_kind == room.kind:
                    await part.open_room(self, room, epoch, version, frame_id)
                    return
            await self._move(room, epoch, version, frame_id)

    async def _move(self, room: Room, epoch: str = "", version: int = 0, frame_id: str | None = None) -> None:
        as_of = self.hub.access.as_of
        assert self._socket_id is not None  # noqa: S101, a client moves only after it has arrived
        placed = await self.hub.leases.move(self._socket_id, self.user, room)
        self._note_placed(room, placed, as_of)
        if self.room_id is not None and self.room_id != room.pk:
            self.hub.unsubscribe(self, self.room_id)
        await self._enter_room(room, epoch, version, frame_id)

    async def _enter_room(self, room: Room, epoch: str, version: int, frame_id: str | None = None) -> None:
        self.room_id = room.pk
        # From the last snapshot, and including this user; `announce` makes the lobby take another one at once.
        snapshot = self.hub.snapshot
        people = snapshot.names(room.pk, including=self.user)
        with override(self.language):
            card = self.card(room.to_dict(len(people), snapshot.closes_at(room.pk)))
        self.connection.send(frames.room_entered(card, frame_id))
        self.connection.send(frames.people(room.pk, people, snapshot.muted_names(room.pk)))
        await self.catch_up(room, epoch, version)
        self.hub.lobby.announce(entered=room.pk)

    async def relist(self, room_id: int, name: str, is_hidden: bool) -> None:
        """Take a room off this client's list, or put it on again."""
        await self.room_list.change(room_id, name, is_hidden=is_hidden)

    async def catch_up(self, room: Room, epoch: str, version: int) -> None:
        """Get a room's log from a version on, and its changes from now on; a database error closes the connection."""
        try:
            await self.hub.subscribe(self, room, epoch, version)
        except DatabaseError:
            self.close(1011)  # rather than be in a room and get nothing: the client reconnects and resumes
            raise

    async def move_to_default(self, gone_id: int) -> None:
        """Move the client to the default room if it is still in `gone_id`: closed, hidden, or its user was removed."""
        try:
            async with self.moving:
                if self.room_id == gone_id:
                    await self._move(self.hub.snapshot.default)
        except ChatError:
            self.close(4003)  # removed from the default room too: there is no room for them
        except DatabaseError:
            log.exception("Could not move a client to the default room; it reconnects")
            self.close(1011)

    # --- Messages

    def send_message(self, text: str, client_id: UUID, room_id: int | None = None) -> None:
        """Queue a new message; an `ack` or `error` frame follows. Raises what `Draft` and the outbox raise."""
        place: Any = self.room_id if room_id is None else room_id
        self._put(Draft(self.user.pk, place, client_id, text), str(client_id))

    def edit(self, room_id: int, seq: int, text: str, frame_id: str) -> None:
        """Queue another text for one's own message, like `send_message`."""
        self._put(MessageEdit(self.user.pk, room_id, seq, text), frame_id)

    def erase(self, room_id: int, seq: int, frame_id: str) -> None:
        """Queue the erasure of one's own message, like `send_message`."""
        self._put(MessageErasure(self.user.pk, room_id, seq), frame_id)

    def _put(self, draft: Entry, frame_id: str) -> None:
        started_at = time.perf_counter()
        self.hub.outbox.put(draft, lambda outcome: self._answer(frame_id, outcome, started_at))

    def _answer(self, frame_id: str, outcome: Outcome, started_at: float) -> None:
        metrics.ack_seconds.observe(time.perf_counter() - started_at)
        if isinstance(outcome, ChatError):
            self.connection.send_error(outcome, frame_id)
        else:
            message = outcome.message
            self.connection.send(frames.ack(frame_id, message.room_id, message.to_dict(), outcome.duplicate))

    def deliver(self, room_id: int, version: int, frame: EncodedFrame, messages: int) -> None:
        """Send an `events` frame with so many messages of a room, up to `version`."""
        is_full = self.window.add(room_id, version, len(frame.text), messages)
        self.connection.write(frame)
        if is_full:
            self.close(4008)

    # --- The end

    def close(self, code: int, error: ExpectedError | None = None) -> None:
        """Close from this side; the error, if there is one, is sent before."""
        self.connection.close(code, error)

    async def leave(self, for_good: bool) -> None:
        """The connection is gone: for good, or perhaps only until the client reconnects."""
        self.connection.is_closed = True
        self.hub.unregister(self)
        if self._socket_id is not None:
            await self.hub.leases.release(self._socket_id, for_good)
            self.hub.lobby.announce()
