"""Read markers in each server process: each second one write, one event and one frame a client at most."""

import asyncio
import logging
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import DatabaseError

from common.db.threads import in_database
from rooms.client.client import Client
from rooms.client.hub_part import EventHandler, HubPart, HubServices
from rooms.delivery.change_events import SITE_GROUP
from rooms.models import Membership, Message, Room
from rooms.models.locked import Head
from rooms.presence.placement import Placed
from rooms.protocol import bus_events
from rooms.protocol.encoding import EncodedFrame

from .queries import Mark, changed_memberships, heads, read
from .read_markers import ReadMarkers, Update
from .schemas import UnreadState, unread

log = logging.getLogger(__name__)

FLUSH_SECONDS = 1
POLL_SECONDS = 3
# How much further back than the last poll a poll looks: a transaction takes its time, and then commits.
MARGIN_SECONDS = 12


class UnreadPart(HubPart):
    """Keeps the read markers of this process's users, and tells their clients what is unread.

    Other processes publish once a second for all their rooms, so no process has to follow rooms in which none of its
    clients is; and polling the database finds whatever no event has told.
    """

    def __init__(self, hub: HubServices) -> None:
        super().__init__(hub)
        self.markers = ReadMarkers()
        self._woken = asyncio.Event()
        self._polled_at = time.monotonic()

    def start(self) -> None:
        """Begin to flush and to poll."""
        self.tasks.start(self._flush_forever(), "flushing read markers")
        self.tasks.start(self._poll_forever(), "polling read markers")

    def event_handlers(self) -> Mapping[str, EventHandler]:
        """`unread`: what another process has gathered."""
        return {"unread": self._merge}

    # --- Clients

    def client_placed(self, client: Client, memberships: Mapping[int, Membership]) -> None:
        """Count the rooms of a user who connects."""
        if self.hub.clients_of(client.user.pk):
            for membership in memberships.values():
                room = membership.room
                self.markers.begin(client.user.pk, room.pk, membership.read_seq, _head_of(room))

    def card(self, client: Client, room_id: int) -> Mapping[str, Any]:
        """`last_seq` and `read_seq`."""
        return self.markers.card(client.user.pk, room_id)

    def hello_sent(self, client: Client) -> None:
        """The markers of rooms that were too new for `hello` follow."""
        self.markers.remind(client.user.pk, in_hello=self.hub.snapshot.rooms)
        self._woken.set()

    def room_joined(self, client: Client, room: Room, placed: Placed) -> None:
        """Count the room from now on, on all clients of the user."""
        user_id, read_seq = client.user.pk, placed.read_seq
        if read_seq is None or not self.hub.clients_of(user_id):
            return
        if self.markers.follow(user_id, room.pk, read_seq, _head_of(room)):
            self._woken.set()

    def rooms_lost(self, user_id: int, room_ids: Collection[int]) -> None:
        """Stop counting these rooms."""
        for room_id in room_ids:
            self.markers.unfollow(user_id, room_id)

    def user_left(self, user_id: int) -> None:
        """Forget a user without clients here."""
        self.markers.end(user_id)

    def read(self, client: Client, room_id: int, seq: int) -> None:
        """A client's user has read up to `seq`; raises `not_here`."""
        if self.markers.read(client.user.pk, room_id, seq):
            self._woken.set()

    def messages_saved(self, head: Head, messages: Sequence[Message]) -> None:
        """Note new messages, which their authors have read."""
        if not head.is_direct:
            self.markers.new_head(head.room_id, head.last_seq)
        for message in messages:
            if message.author_id:
                self.markers.authored(message.author_id, message.room_id, message.seq)
        self._woken.set()

    # --- Flushing

    async def _flush_forever(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            try:
                await self._write()
                self._publish()
                self._send()
            except Exception:
                log.exception("Could not flush read markers; the next poll repairs")
            await asyncio.sleep(FLUSH_SECONDS)

    async def _write(self) -> None:
        asked, authored = self.markers.take_writes()
        if not (asked or authored):
            return
        try:
            # In this order: by what was asked for, authors may have read everything.
            risen = await in_database(_raise_all, [list(asked.values()), list(authored.values())])
        except DatabaseError:
            self.markers.put_back(asked, authored)
            raise
        self.markers.written(risen)

    def _publish(self) -> None:
        changes = self.markers.take_remote()
        if changes.heads or changes.marks:
            # Lists, because the channel layer turns the keys of dicts into strings.
            marks = [(*key, read_seq) for key, read_seq in changes.marks.items()]
            self.hub.publish_elsewhere(SITE_GROUP, bus_events.unread(changes.heads.items(), marks))

    def _merge(self, event: bus_events.UnreadEvent) -> None:
        self.markers.merge(event["heads"], event["marks"])
        self._woken.set()

    def _send(self) -> None:
        frames_by_content: dict[tuple[Update, ...], EncodedFrame] = {}
        for user_id, updates in self.markers.take_local().items():
            for client in self.hub.clients_of(user_id):
                if client.is_greeted:  # otherwise `hello` will have it all
                    self._send_to(client, updates, frames_by_content)

    @staticmethod
    def _send_to(client: Client, updates: list[Update], known: dict[tuple[Update, ...], EncodedFrame]) -> None:
        content = tuple(update for update in updates if update[0] != client.room_id or update[2] is not None)
        if content and content not in known:
            known[content] = EncodedFrame(unread([_state(*update) for update in content]))
        if content:
            client.connection.write(known[content])

    # --- Polling

    async def _poll_forever(self) -> None:
        while True:
            try:
                if self.hub.user_ids():
                    await self.poll()
            except Exception:
                log.exception("Could not poll read markers; the next poll tries again")
            await asyncio.sleep(POLL_SECONDS)

    async def poll(self) -> None:
        """Read heads and read markers from the database, to catch up on lost events."""
        now, known = time.monotonic(), self.markers.begin_poll()
        found, memberships = await in_database(_poll, now - self._polled_at + MARGIN_SECONDS)
        self._polled_at = now
        self.markers.end_poll(known, found, memberships)
        self._woken.set()


def _head_of(room: Room) -> int | None:
    return room.last_seq if room.kind == Room.Kind.PUBLIC else None


def _raise_all(batches: list[list[Mark]]) -> list[tuple[int, int, int]]:
    return [risen for marks in batches for risen in read(marks)]


def _poll(seconds: float) -> tuple[dict[int, int], list[tuple[int, int, int, bool]]]:
    return heads(), changed_memberships(seconds)


def _state(room_id: int, last_seq: int | None, read_seq: int | None) -> UnreadState:
    state: UnreadState = {"room": room_id}
    if last_seq is not None:
        state["last_seq"] = last_seq
    if read_seq is not None:
        state["read_seq"] = read_seq
    return state
