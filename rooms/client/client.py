"""One connected tab, phone or terminal: it stands in one room at a time."""

import asyncio
import logging
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import override

from common.db.threads import in_database
from common.version import PROTOCOL, VERSION
from rooms.direct.conversation import Conversation
from rooms.models import Room
from rooms.models.message import isoformat_ms
from rooms.presence import notices
from rooms.protocol import frames
from rooms.protocol.errors import ChatError

from .room_list import Listing
from .sending import Speaking
from .window import Window

log = logging.getLogger(__name__)


class Client(Listing, Speaking):
    """What a person can do through one connection, and what the hub tells them there."""

    is_connected = True  # in a room, as those who act without a connection do not

    def __init__(self, hub, user, session_key, connection):
        self.hub = hub
        self.user = user
        self.session_key = session_key
        self.connection = connection
        self.rate = hub.rate_of(user.pk)
        self.room_id = None
        self._begin_list()
        self.blocked = {}  # id: user, of those whose messages they do not take
        self.window = Window()
        self._conversations = {}  # room id: Conversation
        self._socket_id: Any = None
        self._moving = asyncio.Lock()

    @property
    def language(self):
        return self.connection.language

    async def open(self, room_id=None, epoch="", version=0):
        """Greet, and stand in the room asked for, or else in the default room; raises `too_many_sockets`."""
        if len(self.hub.clients.get(self.user.pk, ())) >= settings.CHAT_SOCKETS_PER_USER:
            raise ChatError("too_many_sockets")
        self.hub.connect(self)
        await self.hub.lobby.begun.wait()
        await self.hub.leases.held()
        async with self._moving:
            room = await self._arrive(room_id)
            self._say_hello(room)
            await self._stand_in(room, epoch, version)
            # From the state that `hello` told, and after it: nobody listens to anything before.
            for conversation in [found for found in self._conversations.values() if found]:
                await self.hub.listen(self, conversation.room)
        if not epoch:
            self._welcome()

    async def _arrive(self, room_id):
        """Learn what is this person's, and stand in the room asked for, or else in the default room."""
        look = self.hub.order.look
        memberships, conversations, kept_out, blocked = await self.hub.belongings.ask(self.user.pk)
        self._conversations = {conversation.room.pk: conversation for conversation in conversations}
        self._begin_list({pk for pk, membership in memberships.items() if membership.hidden_at}, kept_out, look)
        self.blocked = {user.pk: user for user in blocked}
        default = self.hub.lobby.seen.default
        room = (await self._room(room_id) if room_id else None) or default
        try:
            await self._come_to(room, memberships)
        except ChatError:  # closed at this very moment
            room = default
            await self._come_to(room, memberships)
        self.hub.marks.begin(self.user.pk, [one for pk, one in memberships.items() if pk not in self.hidden])
        return room

    async def _room(self, room_id):
        # A room made a moment ago may be new to the lobby.
        return self.hub.lobby.seen.rooms.get(room_id) or await in_database(Room.public().filter(pk=room_id).first)

    async def _come_to(self, room, memberships):
        is_member = room.pk in memberships and room.pk not in self.hidden
        look = self.hub.order.look
        self._socket_id, stood = await self.hub.leases.come(self.user, room, is_member)
        self._has_stood(room, stood, look)

    def _has_stood(self, room, stood, look):
        self._unhide(room.pk)
        self._look = look  # the last that had begun before
        if stood.was_hidden:
            self.hub.relist(self.user.pk, room, is_hidden=False)
        if stood.read_seq is not None:
            self.hub.marks.follow(self.user.pk, room, stood.read_seq)

    def _say_hello(self, room):
        now, marks, me = self.hub.lobby.seen, self.hub.marks, self.user.pk
        with override(self.connection.language):
            rooms = [card | marks.of(me, card["id"]) for card in now.cards(now.rooms) if card["id"] not in self.hidden]
            conversations = [
                found.to_dict(now.online) | marks.of(me, pk) for pk, found in self._conversations.items() if found
            ]
        self.connection.tell(
            {
                "type": "hello",
                "protocol": PROTOCOL,
                "version": VERSION,
                "user": self.user.to_dict(),
                "time": isoformat_ms(timezone.now()),
                "room": room.pk,
                "rooms": rooms,
                "conversations": conversations,
                "blocked": [user.to_dict() for user in self.blocked.values()],
                "limits": {"text": settings.CHAT_MESSAGE_CHARACTERS, "frame": settings.CHAT_FRAME_BYTES},
            }
        )
        marks.remind(me, in_hello=now.rooms)

    def _welcome(self):
        with override(self.connection.language):
            self.connection.tell(notices.welcome(self.room_id, self.user.username))

    async def enter(self, room, epoch="", version=0, frame_id=None):
        """Stand in `room` from now on and catch up from `version` of `epoch`; raises `no_such_room`.

        A private conversation only catches up: one stays where one stands.
        """
        async with self._moving:
            if room.kind == Room.Kind.DIRECT:
                await self._open_conversation(room, epoch, version, frame_id)
            else:
                await self._move(room, epoch, version, frame_id)

    async def _move(self, room, epoch="", version=0, frame_id=None):
        look = self.hub.order.look
        stood = await self.hub.leases.move(self._socket_id, self.user, room)
        self._has_stood(room, stood, look)
        if self.room_id != room.pk:
            self.hub.leave(self, self.room_id)
        await self._stand_in(room, epoch, version, frame_id)

    async def _stand_in(self, room, epoch, version, frame_id=None):
        self.room_id = room.pk
        # As the lobby last saw it, and oneself; it looks again at once, for `announce` says that somebody came.
        people = self.hub.lobby.seen.names(room.pk, and_also=self.user)
        with override(self.connection.language):
            card = room.to_dict(len(people), self.hub.lobby.seen.closes_at(room.pk))
            card |= self.hub.marks.of(self.user.pk, room.pk)
        self.connection.tell({"type": "room", "id": frame_id, "here": True, "room": card})
        self.connection.tell(frames.people(room.pk, people, self.hub.lobby.seen.muted_names(room.pk)))
        await self._catch_up(room, epoch, version)
        self.hub.lobby.announce(entered=room.pk)

    async def _catch_up(self, room, epoch, version):
        try:
            await self.hub.enter(self, room, epoch, version)
        except DatabaseError:
            self.end(1011)  # rather than be in a room and hear nothing: it reconnects and resumes
            raise

    async def _open_conversation(self, room, epoch, version, frame_id=None):
        if not self._conversations.get(room.pk):
            conversation = self._conversations[room.pk] = await in_database(Conversation.seen_by, self.user, room)
            self.hub.marks.follow(self.user.pk, room, conversation.read_seq)
        self._tell_conversation(room.pk, frame_id)
        await self._catch_up(room, epoch, version)

    def _tell_conversation(self, room_id, frame_id=None):
        online = self.hub.lobby.online
        with override(self.connection.language):
            card = self._conversations[room_id].to_dict(online) | self.hub.marks.of(self.user.pk, room_id)
        self.connection.tell({"type": "room", "id": frame_id, "room": card})

    def meet(self, room_id):
        """A private conversation of this person has news: if this client does not listen to it yet, it begins to."""
        if self.is_greeted and room_id not in self._conversations:
            self._conversations[room_id] = None
            asyncio.ensure_future(self._meet(room_id))

    async def _meet(self, room_id):
        try:
            room = await in_database(Room.visible_to, self.user, room_id)
            async with self._moving:
                if self._conversations.get(room_id) is None:  # or this client has opened it meanwhile
                    await self._open_conversation(room, "", 0)
        except (ChatError, DatabaseError):
            log.exception("Could not begin conversation %s; the head check tries again", room_id)
            self._conversations.pop(room_id, None)

    def mark(self, user_ids):
        """These came online or went: tell of those with whom there is a conversation."""
        for room_id, conversation in self._conversations.items():
            if conversation and conversation.other and conversation.other.pk in user_ids:
                self._tell_conversation(room_id)

    def part_from(self, user_id):
        """That account has ended: nobody is at the other side of a private conversation any more."""
        for room_id, conversation in self._conversations.items():
            if conversation and conversation.other and conversation.other.pk == user_id:
                self._conversations[room_id] = replace(conversation, other=None)
                self._tell_conversation(room_id)

    async def move_to_default(self, gone_id):
        """That room has gone from under this client, unless it has moved on by itself."""
        try:
            async with self._moving:
                if self.room_id == gone_id:
                    await self._move(self.hub.lobby.seen.default)
        except ChatError:
            self.end(4003)  # removed from the default room too: there is no place for them
        except DatabaseError:
            log.exception("Could not move a client to the default room; it reconnects")
            self.end(1011)

    def block(self, users):
        """These are the people whose messages this person does not take; all their clients show it."""
        blocked = {user.pk: user for user in users}
        if self.is_greeted and blocked.keys() != self.blocked.keys():
            self.blocked = blocked
            self.connection.tell(frames.blocked(users))

    def hear(self, room_id, version, encoded, messages):
        """An `events` frame: so many `messages` of a room up to `version`."""
        is_full = self.window.add(room_id, version, len(encoded.text), messages)
        self.connection.write(encoded)
        if is_full:
            self.end(4008)

    def end(self, code, why=None):
        """Close from this side; `why`, a refusal, is told before."""
        self.connection.close(code, why)

    async def leave(self, for_good):
        """The connection is gone: for good, or perhaps only for the grace time of a reconnection."""
        self.connection.closed = True
        self.hub.disconnect(self)
        if self._socket_id is not None:
            await self.hub.leases.give_up(self._socket_id, for_good)
            self.hub.lobby.announce()
