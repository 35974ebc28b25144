"""What this server process delivers: its clients, the rooms they listen to, and the pubsub to other processes."""

import asyncio
import contextlib
import logging
from collections import defaultdict

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings

from accounts.sessions import principals_of
from common.db.batcher import Batcher
from common.db.threads import in_database
from rooms.direct.conversation import bootstrap
from rooms.gateway.stream_router import Switchboard
from rooms.jobs.cleanup import Housekeeper
from rooms.lab.hub_part import Lab
from rooms.models import Membership, Room
from rooms.moderation.access import Order
from rooms.presence.leases import Leases
from rooms.presence.lobby import Lobby
from rooms.presence.typing_indicator import Typists
from rooms.sessions.monitor import Sessions
from rooms.unread.read_markers import Marks
from rooms.webhooks.dispatcher import WebhookDispatcher

from .change_events import room_group, tidings, user_group
from .feed import Feed
from .outbox import Outbox
from .pubsub import SITE_GROUP, PubSub, ring_once
from .rate_limit import Bucket

log = logging.getLogger(__name__)

HEAD_CHECK_SECONDS = 2.5  # a lost ring shall cost 3 s at most, the reading included
LOOKS_AT_ONCE = 4  # into rooms that lag behind; others need the database's threads too
SLOW_CHECK_SECONDS = 1
SETTLE_SECONDS = 2
_hub = None
_is_ending = False


def hub():
    """The hub of this process, begun with its first connection (Daphne tells of no other beginning)."""
    global _hub
    if _hub is None:
        _hub = Hub()
    return _hub


def running():
    """The hub of this process, or None where none runs."""
    return _hub


def is_ending():
    """Whether the server is about to end: whoever comes now is sent away to come back."""
    return _is_ending


async def drain():
    """The server is about to end: what was said is stored and answered, then every client is told to come back."""
    global _is_ending
    _is_ending = True
    if _hub is not None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                await _hub.outbox.settle()
        _hub.restart()


async def leave():
    """All clients are gone: what this process had taken on comes free at once."""
    if _hub is not None:
        await asyncio.gather(_hub.leases.end(), _hub.webhooks.close(), _hub.housekeeper.end())


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
        self.lines = set()  # connections, those included of which it is not known yet whose they are
        self.outbox = Outbox(self.saved)
        self.pubsub = PubSub(self._heard)
        self.holders = Batcher(principals_of)
        self.bootstrap = Batcher(bootstrap)
        self.leases = Leases(self.restart)
        self.switchboard = Switchboard(self.pubsub)
        self.lobby = Lobby(self)
        self.sessions = Sessions(self)
        self.order = Order(self)
        self.marks = Marks(self)
        self.typists = Typists(self)
        self.webhooks = WebhookDispatcher()
        self.webhooks.start()
        self.housekeeper = Housekeeper()
        self.lab = Lab(self)
        self._rates = {}
        self._feeds = {}
        self._starting = {}
        self._ears = {
            "saved": self._deliver,
            "lobby": lambda ring: self.lobby.stir(),
            "listed": self._relist,
            "unread": self.marks.heard,
            "typing": self.typists.heard,
            "sessions": self.sessions.heard,
            "disconnect": self.sessions.send_away,
            "posted": self.switchboard.heard,
            "post_answered": self.switchboard.heard,
            "broadcast": self.lab.heard,
            "order": self.order.heard,
            "departed": self.order.departed,
        }
        checks = ((HEAD_CHECK_SECONDS, self._check_heads), (SLOW_CHECK_SECONDS, self._close_the_slow))
        self._tasks = [asyncio.ensure_future(every(seconds, check)) for seconds, check in checks]
        asyncio.ensure_future(self.pubsub.subscribe(SITE_GROUP))

    def everyone(self):
        """All clients of this process."""
        return [client for clients in self.clients.values() for client in clients]

    def greeted(self):
        """Those who have had their `hello`."""
        return [client for client in self.everyone() if client.is_greeted]

    def restart(self):
        """Send everybody away to come back."""
        for line in self.lines | {client.connection for client in self.everyone()}:
            line.send_away()

    def rate_of(self, user_id):
        """How fast this person may talk, over all their clients here."""
        return self._rates.setdefault(user_id, Bucket(settings.CHAT_MESSAGE_RATE, settings.CHAT_MESSAGE_BURST))

    def connect(self, client):
        if client.user.pk not in self.clients:
            # Not waited for: a private message that is rung for before it is so, the head check finds.
            self.pubsub.follow(user_group(client.user.pk))
        self.clients[client.user.pk].add(client)

    def disconnect(self, client):
        """Forget a client everywhere; its user's and rooms' subscriptions end with their last one."""
        for room_id in list(self._feeds):
            self.leave(client, room_id)
        mine = self.clients[client.user.pk]
        mine.discard(client)
        if not mine:
            del self.clients[client.user.pk]
            self.marks.end(client.user.pk)
            self.pubsub.unsubscribe(user_group(client.user.pk))

    async def enter(self, client, room, epoch, version):
        """Let a client listen to a room from `version` of `epoch` on: subscribe, read, merge, live."""
        feed = await self._feed(room)
        try:
            await feed.admit(client, epoch, version)
        finally:
            self._drop_if_empty(feed)

    async def listen(self, client, room):
        """From where `room` stood when it was read, without a word if that is now: for conversations not opened yet."""
        feed = await self._feed(room)
        if (feed.epoch, feed.version) != (room.epoch, room.version):
            await self.enter(client, room, room.epoch, room.version)
        elif not client.connection.closed:
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
        self.pubsub.ring(group, message)

    def relist(self, user_id, room, is_hidden):
        """A room is off, or on again, the list of all of this person's clients, wherever they are connected."""
        ring = {"type": "listed", "user": user_id, "room": room.pk, "name": room.title, "is_hidden": is_hidden}
        self.ring(user_group(user_id), ring)

    def saved(self, outcomes):
        """What one transaction of this process has changed: to its own clients at once, to others by the pubsub."""
        for head, changed, groups, message in tidings(outcomes):
            self._heard(message)
            self.marks.said(head, changed)
            for group in groups:
                self.pubsub.ring(group, message)

    def _heard(self, ring):
        """A ring, of our own or of another process."""
        if self.leases.is_lapsed():
            return
        hear = self._ears.get(ring["type"])  # none for what another release rings
        if hear:
            hear(ring)

    def _deliver(self, ring):
        feed = self._feeds.get(ring["room"])
        if feed:
            feed.offer(ring["epoch"], ring["since"], ring["version"], ring["messages"])
        for user_id in ring["members"]:
            for client in self.clients.get(user_id, ()):
                client.meet(ring["room"])

    def _relist(self, ring):
        for client in list(self.clients.get(ring["user"], ())):
            asyncio.ensure_future(client.relist(ring["room"], ring["name"], ring["is_hidden"]))

    async def _feed(self, room):
        """The feed of a room, started once however many ask for it at a time."""
        # Again if it was dropped, empty as it was, between its start and our turn: nobody hears by a dropped one.
        while room.pk not in self._feeds:
            if room.pk not in self._starting:
                self._starting[room.pk] = asyncio.ensure_future(self._start(room))
            await asyncio.shield(self._starting[room.pk])
        return self._feeds[room.pk]

    async def _start(self, room):
        try:
            feed = Feed(room.pk, room.epoch, room.version)
            if room.kind == Room.Kind.PUBLIC:
                await self.pubsub.subscribe(room_group(room.pk))
                await feed.start()
            self._feeds[room.pk] = feed
        finally:
            del self._starting[room.pk]
            if room.pk not in self._feeds:
                self.pubsub.unsubscribe(room_group(room.pk))

    def _drop_if_empty(self, feed):
        if feed.is_empty and self._feeds.get(feed.room_id) is feed:
            del self._feeds[feed.room_id]
            self.pubsub.unsubscribe(room_group(feed.room_id))

    def _forget_rates(self):
        """Those of people who have gone, once they hold nothing back: coming again must not begin anew."""
        for user_id, rate in list(self._rates.items()):  # calls over REST add theirs from other threads
            if user_id not in self.clients and rate.is_full:
                del self._rates[user_id]

    async def _close_the_slow(self):
        for client in self.everyone():
            if client.window.is_overdue:
                client.end(4008)

    async def _check_heads(self):
        """Whatever rings were lost: compare the versions of all local rooms with the log's, and repair."""
        self._forget_rates()
        found = await in_database(heads, list(self._feeds))
        behind = [feed for pk, *head in found if (feed := self._feeds.get(pk)) and [feed.epoch, feed.version] != head]
        for at in range(0, len(behind), LOOKS_AT_ONCE):
            looks = [feed.look_if_possible("head_check") for feed in behind[at : at + LOOKS_AT_ONCE]]
            await asyncio.gather(*looks)
        for user_id, room_id in await in_database(conversations, list(self.clients)):
            for client in self.clients.get(user_id, ()):
                client.meet(room_id)
        await self.order.check(list(self.clients))


async def every(seconds, check):
    """Check again and again, whatever goes wrong in one round."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await check()
        except Exception:
            log.exception("%s failed; the next round makes good", check.__name__)


def heads(room_ids):
    return list(Room.objects.filter(pk__in=room_ids).values_list("pk", "epoch", "version"))


def conversations(user_ids):
    """Private conversations of these users as `(user_id, room_id)`."""
    mine = Membership.objects.filter(user__in=user_ids, removed_at=None, room__closed_at=None)
    return list(mine.filter(room__kind=Room.Kind.DIRECT, room__last_seq__gt=0).values_list("user_id", "room_id"))
