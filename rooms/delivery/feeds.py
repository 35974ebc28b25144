"""The feeds of this process: one for each room with a client here, started and dropped as clients come and go."""

import asyncio
from collections.abc import Collection

from common.db.threads import in_database
from common.tasks import BackgroundTasks
from rooms.models import Room
from rooms.protocol.bus_events import SavedEvent

from .change_events import room_group
from .feed import Feed, Subscriber
from .pubsub import PubSub
from .sequencer import Span

PARALLEL_REFRESHES = 4  # of rooms that are behind; others need the database threads too


class Feeds:
    """One subscription for each room and process, whatever the number of clients."""

    def __init__(self, pubsub: PubSub, tasks: BackgroundTasks) -> None:
        self._pubsub = pubsub
        self._tasks = tasks
        self._feeds: dict[int, Feed] = {}
        self._starting: dict[int, asyncio.Task[None]] = {}

    def get(self, room_id: int) -> Feed | None:
        """The feed of a room, if there is one."""
        return self._feeds.get(room_id)

    def subscribers(self, room_id: int) -> Collection[Subscriber]:
        """The clients of this process that get the changes of a room."""
        return self._feeds[room_id].clients if room_id in self._feeds else set()

    async def subscribe(self, client: Subscriber, room: Room, epoch: str, version: int) -> None:
        """Send a client all changes after `version` of `epoch`, and subscribe it to the room's further ones."""
        feed = await self._feed(room)
        try:
            await feed.admit(client, epoch, version)
        finally:
            self._drop_if_empty(feed)

    async def subscribe_at(self, client: Subscriber, room: Room) -> None:
        """`subscribe` from where `room` stood when it was read; sends nothing if nothing has changed since."""
        feed = await self._feed(room)
        if feed.place != (room.epoch, room.version):
            await self.subscribe(client, room, room.epoch, room.version)
        elif not client.is_closed:
            feed.clients.add(client)
        self._drop_if_empty(feed)

    def unsubscribe(self, client: Subscriber, room_id: int) -> None:
        """End a client's subscription to a room, if it has one."""
        feed = self._feeds.get(room_id)
        if feed:
            feed.discard(client)
            self._drop_if_empty(feed)

    def unsubscribe_all(self, client: Subscriber) -> None:
        """End all subscriptions of a client."""
        for room_id in list(self._feeds):
            self.unsubscribe(client, room_id)

    def deliver(self, event: SavedEvent) -> None:
        """Handle a `saved` event, of this process or of another one."""
        feed = self._feeds.get(event["room"])
        if feed:
            feed.offer(Span(event["epoch"], event["since"], event["version"], event["messages"]))

    async def check_heads(self) -> None:
        """Compare the versions of all rooms here with the log, and read what lost events would have brought."""
        found = await in_database(_heads, list(self._feeds))
        behind = [feed for pk, *head in found if (feed := self._feeds.get(pk)) and feed.place != tuple(head)]
        for at in range(0, len(behind), PARALLEL_REFRESHES):
            batch = behind[at : at + PARALLEL_REFRESHES]
            await asyncio.gather(*(feed.refresh_if_possible("head_check") for feed in batch))

    async def _feed(self, room: Room) -> Feed:
        """The feed of a room, started once however many clients ask for it at a time."""
        # Again if it was dropped, empty, between its start and our turn: a dropped feed delivers nothing.
        while room.pk not in self._feeds:
            if room.pk not in self._starting:
                self._starting[room.pk] = asyncio.create_task(self._start(room))
            await asyncio.shield(self._starting[room.pk])
        return self._feeds[room.pk]

    async def _start(self, room: Room) -> None:
        try:
            feed = Feed(room.pk, self._tasks, room.epoch, room.version, room.last_seq)
            if room.kind == Room.Kind.PUBLIC:
                await self._pubsub.subscribe(room_group(room.pk))
                await feed.start()
            self._feeds[room.pk] = feed
        finally:
            del self._starting[room.pk]
            if room.pk not in self._feeds:
                self._pubsub.unsubscribe(room_group(room.pk))

    def _drop_if_empty(self, feed: Feed) -> None:
        if feed.is_empty and self._feeds.get(feed.room_id) is feed:
            del self._feeds[feed.room_id]
            self._pubsub.unsubscribe(room_group(feed.room_id))


def _heads(room_ids: list[int]) -> list[tuple[int, str, int]]:
    return list(Room.objects.filter(pk__in=room_ids).values_list("pk", "epoch", "version"))
