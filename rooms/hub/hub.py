"""What this server process delivers: its clients, the rooms they are in, and the bus to other processes."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection, Coroutine
from typing import Any, TypeVar

from accounts.sessions import principals_of
from common.db.batcher import Batcher
from common.tasks import BackgroundTasks
from rooms.client.client import Client
from rooms.client.hub_part import EventHandler, HubPart
from rooms.delivery.change_events import SITE_GROUP, room_changes, room_group, user_group
from rooms.delivery.feeds import Feeds
from rooms.delivery.outbox import Outbox
from rooms.delivery.pubsub import PubSub
from rooms.delivery.rate_limit import RateLimit
from rooms.features import features
from rooms.lobby.lobby import Lobby
from rooms.lobby.snapshot import Snapshot
from rooms.log.outcomes import Saved
from rooms.models import Room
from rooms.presence.leases import Leases
from rooms.protocol import bus_events
from rooms.protocol.errors import ChatError

from .access_monitor import AccessMonitor
from .bootstrap import Bootstrap
from .clients import Clients

log = logging.getLogger(__name__)
P = TypeVar("P", bound=HubPart)

HEAD_CHECK_SECONDS = 2.5  # a lost event costs 3 s at most, the reading included
SLOW_CHECK_SECONDS = 1


class Hub:
    """One subscription for each room and process, whatever the number of clients. Lives on the server's event loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.clients = Clients()
        self.outbox = Outbox(self._on_saved)
        self.pubsub = PubSub(self._on_event)
        self._tasks = BackgroundTasks()
        self.feeds = Feeds(self.pubsub, self._tasks)
        self.leases = Leases(self.clients.send_away)
        self.lobby = Lobby(self, self.leases)
        self.access = AccessMonitor(self.clients_of)
        self.parts: list[HubPart] = [feature.hub_part(self) for feature in features() if feature.hub_part]
        self.principals = Batcher(principals_of)
        self.bootstrap = Batcher(Bootstrap(self.parts).load)
        self._handlers = self._event_handlers()

    # --- Life

    def start(self) -> None:
        """Start everything that runs in the background."""
        self.pubsub.start()
        self.leases.start()
        self.lobby.start()
        for part in self.parts:
            part.start()
        self._tasks.every(HEAD_CHECK_SECONDS, self._check_heads, "the head check")
        self._tasks.every(SLOW_CHECK_SECONDS, self.clients.close_slow, "the check for slow clients")
        self.start_task(self.pubsub.subscribe(SITE_GROUP), "subscribing to the site's events")

    async def close(self) -> None:
        """Stop everything in the reverse order; leases come free at once."""
        await self._tasks.close()
        await asyncio.gather(*(part.close() for part in self.parts), self.lobby.close(), self.leases.close())
        await asyncio.gather(self.outbox.close(), self.bootstrap.close(), self.principals.close(), self.pubsub.close())

    def start_task(self, coroutine: Coroutine[Any, Any, object], name: str) -> None:
        """Run a coroutine in the background until it ends or the hub closes; a failure is logged."""
        self._tasks.start(coroutine, name)

    def part(self, kind: type[P]) -> P:
        """The part of this class."""
        return next(part for part in self.parts if isinstance(part, kind))

    # --- Clients

    @property
    def process_name(self) -> str:
        """Host and process id, as people read it."""
        return self.leases.name

    @property
    def snapshot(self) -> Snapshot:
        """The public rooms and who is in them, as of the last refresh."""
        return self.lobby.snapshot

    @property
    def is_alone(self) -> bool:
        """Whether there is no channel layer, hence no other process to publish to."""
        return self.pubsub.is_disabled

    @property
    def is_busy(self) -> bool:
        """Whether more drafts wait for the database than on a quiet site."""
        return self.outbox.is_busy

    def user_ids(self) -> list[int]:
        """Ids of the users with a client in this process."""
        return self.clients.user_ids()

    def clients_of(self, user_id: int) -> list[Client]:
        """The clients of a user in this process."""
        return self.clients.of_user(user_id)

    def all_clients(self) -> list[Client]:
        """All clients of this process."""
        return self.clients.all()

    def greeted(self) -> list[Client]:
        """The clients that have had their `hello`."""
        return self.clients.greeted()

    def rate_of(self, user_id: int) -> RateLimit:
        """The limit of how fast a user may send messages, over all their clients here."""
        return self.clients.rate_of(user_id)

    def register(self, client: Client) -> None:
        """Add a client; its user's events are followed from now on."""
        if self.clients.add(client):
            # Not awaited: the head check finds a direct message that is published before the group is joined.
            self.pubsub.follow(user_group(client.user.pk))

    def unregister(self, client: Client) -> None:
        """Remove a client everywhere; the subscriptions of its user and rooms end with their last client."""
        self.feeds.unsubscribe_all(client)
        for part in self.parts:
            part.client_left(client)
        if self.clients.remove(client):
            for part in self.parts:
                part.user_left(client.user.pk)
            self.pubsub.unsubscribe(user_group(client.user.pk))

    # --- Rooms

    async def subscribe(self, client: Client, room: Room, epoch: str, version: int) -> None:
        """Send a client all changes after `version` of `epoch`, and subscribe it to the room's further ones."""
        await self.feeds.subscribe(client, room, epoch, version)

    async def subscribe_at(self, client: Client, room: Room) -> None:
        """`subscribe` from where `room` stood when it was read; sends nothing if nothing has changed since."""
        await self.feeds.subscribe_at(client, room)

    def unsubscribe(self, client: Client, room_id: int) -> None:
        """End a client's subscription to a room, if it has one."""
        self.feeds.unsubscribe(client, room_id)

    def subscribers(self, room_id: int) -> Collection[Any]:
        """The clients of this process that get the changes of a room."""
        return self.feeds.subscribers(room_id)

    # --- Events

    def _event_handlers(self) -> dict[str, list[EventHandler]]:
        handlers: dict[str, list[EventHandler]] = defaultdict(list)
        handlers["saved"].append(self.feeds.deliver)
        handlers["lobby"].append(lambda event: self.lobby.wake())
        handlers["listed"].append(self._change_listing)
        handlers["order"].append(self._check_access)
        for part in self.parts:
            for kind, handler in part.event_handlers().items():
                handlers[kind].append(handler)
        return handlers

    def publish(self, group: str, event: bus_events.BusEvent) -> None:
        """Publish an event to all processes, this one included, where it is handled at once."""
        self._on_event(event)
        self.pubsub.publish(group, event)

    def publish_elsewhere(self, group: str, event: bus_events.BusEvent) -> None:
        """Publish an event to the other processes."""
        self.pubsub.publish(group, event)

    def publish_if_idle(self, group: str, event: bus_events.BusEvent) -> None:
        """Publish an event to the other processes, or drop it if several are queued."""
        self.pubsub.publish_if_idle(group, event)

    async def join_group(self, group: str) -> None:
        """Receive the events of a group."""
        await self.pubsub.subscribe(group)

    def groups_of(self, client: Client, room_id: int) -> list[str]:
        """The groups that get what a client does in a room; raises `not_here` for a room it takes no part in."""
        if room_id == client.room_id:
            return [room_group(room_id)]
        for part in self.parts:
            if (groups := part.groups(client, room_id)) is not None:
                return groups
        raise ChatError("not_here")

    def wake_lobby(self) -> None:
        """Refresh the snapshot soon."""
        self.lobby.wake()

    def online_changed(self, user_ids: set[int]) -> None:
        """These users have come online or gone offline, on any server."""
        for part in self.parts:
            part.online_changed(user_ids)

    def publish_listing(self, user_id: int, room: Room, is_hidden: bool) -> None:
        """A room is off, or on again, the list of all clients of a user, wherever they are connected."""
        self.publish(user_group(user_id), bus_events.listed(user_id, room.pk, room.title, is_hidden))

    def _on_saved(self, outcomes: list[Saved]) -> None:
        """Deliver what one transaction of this process has changed: here at once, elsewhere by an event."""
        for change in room_changes(outcomes):
            self._on_event(change.event)
            for part in self.parts:
                part.messages_saved(change.head, change.new_messages)
            for group in change.groups:
                self.pubsub.publish(group, change.event)

    def _on_event(self, event: bus_events.BusEvent) -> None:
        """Handle an event, of this process or of another one."""
        if self.leases.check_lapsed():
            return
        for handler in self._handlers.get(event["type"], ()):  # none for an event of another release
            handler(event)

    def _change_listing(self, event: bus_events.ListedEvent) -> None:
        for client in self.clients_of(event["user"]):
            change = client.room_list.change(event["room"], event["name"], event["is_hidden"])
            self.start_task(change, "changing a list of rooms")

    def _check_access(self, event: bus_events.AccessChangeEvent) -> None:
        user_id = event["user"]
        if user_id is not None and self.clients_of(user_id):
            self.start_task(self.access.check([user_id]), "following a removal")

    # --- What lost events would have told

    async def _check_heads(self) -> None:
        """Head check: reconcile this process's state with the database, to recover from lost events."""
        self.clients.forget_rates()
        user_ids = self.user_ids()
        await self.feeds.check_heads()
        for check in (self.access.check, *(part.check for part in self.parts)):
            try:
                await check(user_ids)
            except Exception:
                log.exception("%s failed; the next head check tries again", check.__qualname__)
