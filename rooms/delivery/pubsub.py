"""Publishing events to other processes, over the Redis channel layer.

An event that is lost costs time (the hub's head check finds what it would have told), never a message. So nothing here
is awaited for longer than a second; without `REDIS_URL` there is no layer, and nothing to do.
"""

import asyncio
import logging
import uuid
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

from channels.layers import BaseChannelLayer, get_channel_layer

from common.tasks import BackgroundTasks
from rooms.protocol import bus_events
from rooms.protocol.bus_events import BusEvent

from .change_events import SITE_GROUP

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 1
RETRY_SECONDS = 1
NO_CHANNEL_SECONDS = 0.05
QUEUED_EVENTS = 1000
BATCH_EVENTS = 64
BATCH_GROUPS = 4  # a batch for more groups goes to all processes as one message
IDLE_EVENTS = 8  # so few that what is optional may still be published, such as typing


class PubSub:
    """This process's one channel, in a group for each room and user with a client here.

    `on_event(event)` gets every event of other processes in these groups.
    """

    def __init__(self, on_event: Callable[[BusEvent], None]) -> None:
        self._layer: BaseChannelLayer | None = get_channel_layer()
        self._name = uuid.uuid4().hex
        self._on_event = on_event
        self._channel: str | None = None
        self._wanted: set[str] = set()
        self._joined: set[str] = set()
        self._queue: deque[tuple[str, BusEvent]] = deque(maxlen=QUEUED_EVENTS)  # drops the oldest
        self._queued = asyncio.Event()
        self._probes: dict[str, asyncio.Future[None]] = {}
        self._changed = asyncio.Event()
        self._synced = asyncio.Condition()
        self._tasks = BackgroundTasks()

    def start(self) -> None:
        """Begin to publish, to follow the wanted groups and to receive."""
        if self._layer is not None:
            self._tasks.start(self._receive_all(), "receiving events")
            self._tasks.start(self._publish_all(), "publishing events")
            self._tasks.start(self._sync_all(), "following groups")

    async def close(self) -> None:
        """Stop; events still queued are dropped."""
        await self._tasks.close()

    @property
    def is_disabled(self) -> bool:
        """Whether there is no channel layer, hence no other process to publish to."""
        return self._layer is None

    @property
    def depth(self) -> int:
        """The number of queued events."""
        return len(self._queue)

    # --- Subscribing

    async def subscribe(self, group: str) -> None:
        """Join a group; returns when its events are proven to arrive, or after `TIMEOUT_SECONDS`."""
        if self._layer is None:
            return
        self.follow(group)
        token = uuid.uuid4().hex
        probe = self._probes[token] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                async with self._synced:
                    await self._synced.wait_for(lambda: group in self._joined)
                await self._send(group, [bus_events.proof(token)])
                await probe
        except TimeoutError:
            log.warning("No proof of the subscription to %s: going on without", group)
        finally:
            del self._probes[token]

    def follow(self, group: str) -> None:
        """Join a group as soon as possible, without waiting or proof."""
        self._wanted.add(group)
        self._changed.set()

    def unsubscribe(self, group: str) -> None:
        """Leave a group as soon as possible."""
        self._wanted.discard(group)
        self._changed.set()

    async def _sync_all(self) -> None:
        """Join and leave groups until the joined ones match the wanted ones; retry after errors."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._sync()
                async with self._synced:
                    self._synced.notify_all()
            except Exception as error:
                log.warning("Could not subscribe: %r", error)
                await asyncio.sleep(RETRY_SECONDS)
                self._changed.set()

    async def _sync(self) -> None:
        layer: Any = self._layer
        if self._channel is None:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                self._channel = await layer.new_channel()
        # A timeout for each: thousands that are joined at once may take longer together.
        for group in self._wanted - self._joined:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await layer.group_add(group, self._channel)
            self._joined.add(group)
        for group in self._joined - self._wanted:
            if group not in self._wanted:  # it may be wanted again by now
                await self._leave(group)

    async def _leave(self, group: str) -> None:
        layer: Any = self._layer
        # Removed before the call: who subscribes from here on has to wait until the group is joined anew.
        self._joined.discard(group)
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await layer.group_discard(group, self._channel)
        except BaseException:
            self._joined.add(group)
            raise

    # --- Publishing

    def publish(self, group: str, event: BusEvent) -> None:
        """Queue an event for all other processes in the group. Never waits."""
        if self._layer is not None:
            self._queue.append((group, event))
            self._queued.set()

    def publish_if_idle(self, group: str, event: BusEvent) -> None:
        """`publish`, but drop the event if `IDLE_EVENTS` or more are queued: for events that are useless later."""
        if len(self._queue) < IDLE_EVENTS:
            self.publish(group, event)

    async def _publish_all(self) -> None:
        while True:
            await self._queued.wait()
            for group, events in self._next_batch().items():
                await self._send(group, events)
            if not self._queue:
                self._queued.clear()

    def _next_batch(self) -> dict[str, list[BusEvent]]:
        """What was queued while Redis took the last batch: `{group: events}`; many groups become one for everybody."""
        batch: dict[str, list[BusEvent]] = defaultdict(list)
        for _ in range(min(len(self._queue), BATCH_EVENTS)):
            group, event = self._queue.popleft()
            batch[group].append(event)
        if len(batch) > BATCH_GROUPS:
            return {SITE_GROUP: [event for events in batch.values() for event in events]}
        return batch

    async def _send(self, group: str, events: list[BusEvent]) -> None:
        layer: Any = self._layer
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await layer.group_send(group, bus_events.batch(events, self._name))
        except Exception as error:  # whatever Redis does: the head check repairs
            log.warning("Could not publish to %s: %r", group, error)

    # --- Receiving

    async def _receive_all(self) -> None:
        layer: Any = self._layer
        while True:
            if self._channel is None:
                self._changed.set()
                await asyncio.sleep(NO_CHANNEL_SECONDS)
                continue
            try:
                self._receive(await layer.receive(self._channel))
            except Exception as error:  # whatever Redis does: the head check repairs
                log.warning("Could not receive events: %r", error)
                await asyncio.sleep(RETRY_SECONDS)

    def _receive(self, message: dict[str, Any]) -> None:
        sender, events = bus_events.decode_batch(message)
        for event in events:
            try:
                self._handle(event, is_own=sender == self._name)
            except Exception:  # of another release, perhaps: it must not keep the others from being handled
                log.exception("An event could not be handled")

    def _handle(self, event: BusEvent, is_own: bool) -> None:
        if event["type"] == "proof":
            self._confirm(event["token"])
        elif not is_own:
            self._on_event(event)

    def _confirm(self, token: str) -> None:
        probe = self._probes.get(token)
        if probe and not probe.done():
            probe.set_result(None)


async def publish_once(group: str, event: BusEvent) -> None:
    """Publish where no hub runs (a management command); a failure is logged, for the head check repairs."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await get_channel_layer().group_send(group, bus_events.batch([event]))
    except Exception as error:
        log.warning("Could not publish to %s: %r", group, error)
