"""What this server process delivers: its clients, the rooms they listen to, and the doorbell to other processes."""

import asyncio
import contextlib
import logging
from collections import defaultdict

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings

from rooms.models import Membership, Room

from .database import in_database
from .doorbell import Doorbell, ring_once
from .feed import Feed
from .leases import Leases
from .lobby import SITE_GROUP, Lobby
from .outbox import Outbox
from .rate import Bucket

log = logging.getLogger(__name__)

HEAD_CHECK_SECONDS = 3
SETTLE_SECONDS = 2
_hub = None


def hub():
    """The hub of this process, begun with its first connection (Daphne tells of no other beginning)."""
    global _hub
    if _hub is None:
        _hub = Hub()
    return _hub


async def drain():
    """The server is about to end: what was said is stored and answered, then every client is told to come back."""
    if _hub is not None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                await _hub.outbox.settle()
        for client in _hub.everyone():
            client.restart()


def ring(group, message):
    """Ring from a thread that is not the loop's: a view, the admin, a management command."""
    if _hub is not None:
        _hub.loop.call_soon_threadsafe(_hub.ring, group, message)
    elif get_channel_layer() is not None:
        async_to_sync(ring_once)(group, message)


class Hub:
    """One subscription a room and process, whatever the number of clients. Lives on the server's event loop."""

    def __init__(self):
        self.loop = asyncio.get_running_loop()
        self.clients = defaultdict(set)  # user id: clients
        self.outbox = Outbox(self.saved)
        self.doorbell = Doorbell(self._heard)
        self.leases = Leases()
        self.lobby = Lobby(self)
        self._rates = {}
        self._feeds = {}
        self._starting = {}
        self._tasks = [asyncio.ensure_future(self._check_heads_forever())]
        asyncio.ensure_future(self.doorbell.subscribe(SITE_GROUP))

    def everyone(self):
        """All clients of this process."""
        return [client for clients in self.clients.values() for client in clients]

    def rate_of(self, user_id):
        """How fast this person may talk, over all their clients here."""
        return self._rates.setdefault(user_id, Bucket(settings.CHAT_MESSAGE_RATE, settings.CHAT_MESSAGE_BURST))

    async def connect(self, client):
        if client.user.pk not in self.clients:
            await self.doorbell.subscribe(user_group(client.user.pk))
        self.clients[client.user.pk].add(client)

    def disconnect(self, client):
        """Forget a client everywhere; its user's and rooms' subscriptions end with their last one."""
        for room_id in list(self._feeds):
            self.leave(client, room_id)
        mine = self.clients[client.user.pk]
        mine.discard(client)
        if not mine:
            del self.clients[client.user.pk]
            self.doorbell.unsubscribe(user_group(client.user.pk))

    async def enter(self, client, room, epoch, version):
        """Let a client listen to a room from `version` of `epoch` on: subscribe, read, merge, live."""
        feed = await self._feed(room)
        try:
            await feed.admit(client, epoch, version)
        finally:
            self._drop_if_empty(feed)

    async def listen(self, client, room):
        """From now on, without a look back: for conversations a client knows of but has not opened."""
        feed = await self._feed(room)
        if not client.connection.closed:
            feed.clients.add(client)
        self._drop_if_empty(feed)

    def leave(self, client, room_id):
        feed = self._feeds.get(room_id)
        if feed:
            feed.discard(client)
            self._drop_if_empty(feed)

    def listeners(self, room_id):
        """The clients of this process that listen to a room."""
        return self._feeds[room_id].clients if room_id in self._feeds else set()

    def ring(self, group, message):
        """Tell all processes, this one at once."""
        self._heard(message)
        self.doorbell.ring(group, message)

    def saved(self, outcomes):
        """What one transaction of this process has changed: to its own clients at once, to others by the doorbell."""
        messages = defaultdict(dict)
        for outcome in outcomes:
            messages[outcome.head.room_id][outcome.message.seq] = outcome.message
        for head in {outcome.head.room_id: outcome.head for outcome in outcomes}.values():
            changed = sorted(messages[head.room_id].values(), key=lambda message: message.version)
            message = {
                "type": "saved",
                "room": head.room_id,
                "epoch": head.epoch,
                "since": head.since,
                "version": head.version,
                "messages": [message.shape() for message in changed],
                "members": head.member_ids,
            }
            self._heard(message)
            for target in [user_group(pk) for pk in head.member_ids] or [room_group(head.room_id)]:
                self.doorbell.ring(target, message)

    def _heard(self, ring):
        """A ring, of our own or of another process."""
        if ring["type"] == "saved":
            self._deliver(ring)
        elif ring["type"] == "lobby":
            self.lobby.stir()
        elif ring["type"] == "sessions":
            asyncio.ensure_future(self.lobby.check_sessions(ring["user"]))

    def _deliver(self, ring):
        feed = self._feeds.get(ring["room"])
        if feed:
            feed.offer(ring["epoch"], ring["since"], ring["version"], ring["messages"])
        for user_id in ring["members"]:
            for client in self.clients.get(user_id, ()):
                client.meet(ring["room"])

    async def _feed(self, room):
        """The feed of a room, started once however many ask for it at a time."""
        if room.pk in self._feeds:
            return self._feeds[room.pk]
        if room.pk not in self._starting:
            self._starting[room.pk] = asyncio.ensure_future(self._start(room))
        return await asyncio.shield(self._starting[room.pk])

    async def _start(self, room):
        try:
            if room.kind == Room.Kind.PUBLIC:
                await self.doorbell.subscribe(room_group(room.pk))
            feed = Feed(room.pk)
            await feed.start()
            self._feeds[room.pk] = feed
            return feed
        finally:
            del self._starting[room.pk]

    def _drop_if_empty(self, feed):
        if feed.is_empty and self._feeds.get(feed.room_id) is feed:
            del self._feeds[feed.room_id]
            self.doorbell.unsubscribe(room_group(feed.room_id))

    async def _check_heads_forever(self):
        while True:
            await asyncio.sleep(HEAD_CHECK_SECONDS)
            try:
                self._close_the_slow()
                self._forget_rates()
                await self._check_heads()
            except Exception:
                log.exception("The head check failed; the next one makes good")

    def _forget_rates(self):
        """Those of people who have gone, once they hold nothing back: coming again must not begin anew."""
        for user_id in [pk for pk, rate in self._rates.items() if pk not in self.clients and rate.is_full]:
            del self._rates[user_id]

    def _close_the_slow(self):
        for client in self.everyone():
            if client.window.is_overdue:
                client.end(4008)

    async def _check_heads(self):
        """Whatever rings were lost: compare the versions of all local rooms with the log's, and repair."""
        for room_id, epoch, version in await in_database(heads, list(self._feeds)):
            feed = self._feeds.get(room_id)
            if feed and (feed.epoch, feed.version) != (epoch, version):
                await feed.look()
        for user_id, room_id in await in_database(conversations, list(self.clients)):
            for client in self.clients.get(user_id, ()):
                client.meet(room_id)


def heads(room_ids):
    return list(Room.objects.filter(pk__in=room_ids).values_list("pk", "epoch", "version"))


def conversations(user_ids):
    """Private conversations of these users as `(user_id, room_id)`."""
    direct = Membership.objects.filter(user__in=user_ids, room__kind=Room.Kind.DIRECT, room__last_seq__gt=0)
    return list(direct.values_list("user_id", "room_id"))


def room_group(room_id):
    return f"room.{room_id}"


def user_group(user_id):
    return f"user.{user_id}"
