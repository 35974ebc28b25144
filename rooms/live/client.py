"""One connected tab, phone or terminal: it stands in one room at a time."""

import asyncio
import logging
import random
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from chatsite.version import PROTOCOL, VERSION
from rooms.errors import ChatError
from rooms.models import Conversation, Draft, Edit, Erasure, Membership, Room, Socket
from rooms.models.message import instant

from . import frames
from .database import in_database
from .window import Window

log = logging.getLogger(__name__)

RETURN_SECONDS = (1, 4)


class Client:
    """What a person can do through one connection, and what the hub tells them there."""

    def __init__(self, hub, user, session_key, connection):
        self.hub = hub
        self.user = user
        self.session_key = session_key
        self.connection = connection
        self.rate = hub.rate_of(user.pk)
        self.room_id: Any = None
        self.hidden = set()
        self.window = Window()
        self._conversations = {}  # room id: Conversation
        self._socket_id: Any = None
        self._moving = asyncio.Lock()

    async def open(self, room_id=None, epoch="", version=0):
        """Greet, and stand in the room asked for, or else in the default room; raises `too_many_sockets`."""
        if len(self.hub.clients.get(self.user.pk, ())) >= settings.CHAT_SOCKETS_PER_USER:
            raise ChatError("too_many_sockets")
        await self.hub.connect(self)
        await self.hub.lobby.begun.wait()
        await self.hub.leases.held()
        async with self._moving:
            room, conversations = await in_database(self._arrive, room_id)
            for conversation in conversations:
                self._conversations[conversation.room.pk] = conversation
                await self.hub.listen(self, conversation.room)
            self._say_hello(room)
            await self._stand_in(room, epoch, version)
        if not epoch:
            self._welcome()

    def _arrive(self, room_id):
        """All that connecting asks of the database, in one go: where to stand, what is hidden, who one talks with."""
        memberships = Membership.all_of(self.user)
        room = Room.public().filter(pk=room_id).first() if room_id else None
        room = room or Room.default()
        if room.pk not in memberships:
            room.admit(self.user)
        elif memberships[room.pk].hidden_at:
            memberships.pop(room.pk).unhide()
        self.hidden = {pk for pk, membership in memberships.items() if membership.hidden_at}
        self._socket_id = Socket.come(self.hub.leases.process_id, self.user, room)
        return room, Conversation.all_among(memberships, self.user)

    def _say_hello(self, room):
        now = self.hub.lobby.seen
        with override(self.connection.language):
            rooms = [now.card(pk) for pk in now.rooms if pk not in self.hidden]
            conversations = [found.shape(now.online) for found in self._conversations.values()]
        self.connection.tell(
            {
                "type": "hello",
                "protocol": PROTOCOL,
                "version": VERSION,
                "user": self.user.shape(),
                "time": instant(timezone.now()),
                "room": room.pk,
                "rooms": rooms,
                "conversations": conversations,
                "limits": {"text": settings.CHAT_MESSAGE_CHARACTERS, "frame": settings.CHAT_FRAME_BYTES},
            }
        )

    def _welcome(self):
        with override(self.connection.language):
            text = _("Welcome, %(name)s! #help shows what you can do here.") % {"name": self.user.username}
        self.connection.tell(frames.notice(self.room_id, "welcome", text, name=self.user.username))

    async def enter(self, room, epoch="", version=0, frame_id=None):
        """Stand in `room` from now on and catch up from `version` of `epoch`; raises `no_such_room`.

        A private conversation only catches up: one stays where one stands.
        """
        async with self._moving:
            if room.kind == Room.Kind.DIRECT:
                await self._open_conversation(room, epoch, version, frame_id)
            else:
                await self._move(room, epoch, version, frame_id)

    async def _move(self, room, epoch, version, frame_id):
        await in_database(self._settle, room)
        self.hidden.discard(room.pk)
        if self.room_id != room.pk:
            self.hub.leave(self, self.room_id)
        await self._stand_in(room, epoch, version, frame_id)

    def _settle(self, room):
        room.admit(self.user)
        Socket.objects.filter(pk=self._socket_id).update(room=room)

    async def _stand_in(self, room, epoch, version, frame_id=None):
        self.room_id = room.pk
        # As the lobby last saw it, and oneself; it looks again at once, for `announce` says that somebody came.
        people = self.hub.lobby.seen.names(room.pk, and_also=self.user)
        with override(self.connection.language):
            card = room.shape(people=len(people))
        self.connection.tell({"type": "room", "id": frame_id, "here": True, "room": card})
        self.connection.tell(frames.people(room.pk, people))
        try:
            await self.hub.enter(self, room, epoch, version)
        except DatabaseError:
            self.end(1011)  # rather than stand in a room unheard: it reconnects and resumes
            raise
        self.hub.lobby.announce(entered=room.pk)

    async def _open_conversation(self, room, epoch, version, frame_id=None):
        if room.pk not in self._conversations:
            self._conversations[room.pk] = await in_database(Conversation.seen_by, self.user, room)
        self._tell_conversation(room.pk, frame_id)
        await self.hub.enter(self, room, epoch, version)

    def _tell_conversation(self, room_id, frame_id=None):
        online = self.hub.lobby.online
        with override(self.connection.language):
            card = self._conversations[room_id].shape(online)
        self.connection.tell({"type": "room", "id": frame_id, "room": card})

    def meet(self, room_id):
        """A private conversation of this person has news: if this client does not listen to it yet, it begins to."""
        if room_id not in self._conversations:
            self._conversations[room_id] = None
            asyncio.ensure_future(self._meet(room_id))

    async def _meet(self, room_id):
        try:
            room = await in_database(Room.visible_to, self.user, room_id)
            self._conversations[room_id] = await in_database(Conversation.seen_by, self.user, room)
            await self._open_conversation(room, "", 0)
        except (ChatError, DatabaseError):
            log.exception("Could not begin conversation %s; the head check tries again", room_id)
            self._conversations.pop(room_id, None)

    def mark(self, user_ids):
        """These came online or went: tell of those with whom there is a conversation."""
        for room_id, conversation in self._conversations.items():
            if conversation and conversation.other and conversation.other.pk in user_ids:
                self._tell_conversation(room_id)

    async def move_to_default(self):
        """The room has gone from under this client."""
        try:
            await self.enter(await in_database(Room.default))
        except DatabaseError:
            log.exception("Could not move a client to the default room; it reconnects")
            self.end(1011)

    def hide(self, room, text):
        """Take a room off this client's list."""
        self.hidden.add(room.pk)
        self.connection.tell(frames.room_gone(room.pk, room.title, "hidden", text))

    def say(self, text, client_id, room_id=None):
        """Put something into the outbox; `ack` or `error` follows. Raises what `Draft` and the outbox raise."""
        self._put(Draft(self.user.pk, self.room_id if room_id is None else room_id, client_id, text), str(client_id))

    def edit(self, room_id, seq, text, frame_id):
        """As `say`, for another text of one's own message."""
        self._put(Edit(self.user.pk, room_id, seq, text), frame_id)

    def erase(self, room_id, seq, frame_id):
        """As `say`, for taking back one's own message."""
        self._put(Erasure(self.user.pk, room_id, seq), frame_id)

    def _put(self, draft, frame_id):
        self.hub.outbox.put(draft, lambda outcome: self._answer(frame_id, outcome))

    def _answer(self, frame_id, outcome):
        if isinstance(outcome, ChatError):
            self.connection.refuse(outcome, frame_id)
        else:
            self.connection.tell(frames.ack(outcome, frame_id))

    def hear(self, room_id, version, letter, messages):
        """An `events` frame: so many `messages` of a room up to `version`."""
        self.window.add(room_id, version, len(letter.text), messages)
        self.connection.write(letter)
        if self.window.is_full:
            self.end(4008)

    def restart(self):
        """Send the client away to come back, not all at the same moment."""
        self.connection.tell({"type": "bye", "retry_after": round(random.uniform(*RETURN_SECONDS), 1)})  # noqa: S311
        self.end(4012)

    def end(self, code):
        """Close from this side."""
        self.connection.close(code)

    async def leave(self, for_good):
        """The connection is gone: for good, or perhaps only for the grace time of a reconnection."""
        self.connection.closed = True
        self.hub.disconnect(self)
        if self._socket_id is not None:
            await self.hub.leases.give_up(self._socket_id, for_good)
            self.hub.lobby.announce()
