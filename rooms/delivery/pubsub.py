"""The channel layer: tells other processes to look.

A ring that is lost costs time (the hub's head check finds out), never a message; so nothing here is waited for
longer than a second, and without `REDIS_URL` there is no layer and nothing to do.
"""

import asyncio
import logging
import uuid
from collections import defaultdict, deque

from channels.layers import get_channel_layer

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 1
RETRY_SECONDS = 1
QUEUED_RINGS = 1000
PEAL_RINGS = 64
FEW_RINGS = 8  # such as the answer to what was posted elsewhere, in the same breath as what it brings about
GROUPS_OF_A_PEAL = 4
SITE_GROUP = "site"  # every process is in it


class PubSub:
    """This process's one channel, in as many groups as it has rooms to listen to. `on_ring(message)` hears them all."""

    def __init__(self, on_ring):
        self._layer = get_channel_layer()
        self._name = uuid.uuid4().hex
        self._on_ring = on_ring
        self._channel = None
        self._wanted = set()
        self._joined = set()
        self._rings = deque(maxlen=QUEUED_RINGS)  # the oldest gives way: the head check makes good
        self._rung = asyncio.Event()
        self._proofs = {}
        self._changed = asyncio.Event()
        self._levelled = asyncio.Condition()
        self._tasks = []
        if self._layer is not None:
            self._tasks = [asyncio.ensure_future(loop()) for loop in (self._listen, self._ring_all, self._follow)]

    @property
    def is_mute(self):
        """Whether there is no channel layer, hence no other process to ring at."""
        return self._layer is None

    @property
    def depth(self):
        """How many rings wait for Redis."""
        return len(self._rings)

    async def subscribe(self, group):
        """Listen to a group; returns when its rings are proven to arrive, or when Redis has had its second."""
        if self._layer is None:
            return
        self.follow(group)
        token = uuid.uuid4().hex
        proof = self._proofs[token] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                async with self._levelled:
                    await self._levelled.wait_for(lambda: group in self._joined)
                await self._send(group, [{"type": "proof", "token": token}])
                await proof
        except TimeoutError:
            log.warning("No proof of the subscription to %s: going on without", group)
        finally:
            del self._proofs[token]

    def follow(self, group):
        """Listen to a group as soon as may be, without waiting or proof."""
        self._wanted.add(group)
        self._changed.set()

    def unsubscribe(self, group):
        self._wanted.discard(group)
        self._changed.set()

    def ring(self, group, message):
        """Send `message` (a dict with `type`) to all other processes in the group. Never waits."""
        if self._layer is not None:
            self._rings.append((group, message))
            self._rung.set()

    def whisper(self, group, message):
        """As `ring`, for what is worth nothing later: only if no more wait than are just about to go out."""
        if len(self._rings) < FEW_RINGS:
            self.ring(group, message)

    async def close(self):
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _ring_all(self):
        while True:
            await self._rung.wait()
            for group, rings in self._peal().items():
                await self._send(group, rings)
            if not self._rings:
                self._rung.clear()

    def _peal(self):
        """What has come while Redis took the last: `{group: rings}`. For many groups, one peal that everybody hears."""
        peal = defaultdict(list)
        for _ in range(min(len(self._rings), PEAL_RINGS)):
            group, message = self._rings.popleft()
            peal[group].append(message)
        if len(peal) > GROUPS_OF_A_PEAL:
            return {SITE_GROUP: [message for rings in peal.values() for message in rings]}
        return peal

    async def _send(self, group, rings):
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._layer.group_send(group, peal(rings, self._name))
        except Exception as error:  # whatever Redis does, the head check makes good
            log.warning("Could not ring %s: %r", group, error)

    async def _follow(self):
        """Bring the subscriptions to what is wanted, again and again until Redis agrees."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._level()
                async with self._levelled:
                    self._levelled.notify_all()
            except Exception as error:
                log.warning("Could not subscribe: %r", error)
                await asyncio.sleep(RETRY_SECONDS)
                self._changed.set()

    async def _level(self):
        if self._channel is None:
            async with asyncio.timeout(PATIENCE_SECONDS):
                self._channel = await self._layer.new_channel()
        # The patience is with each: when thousands come at once, all of them together may take longer.
        for group in self._wanted - self._joined:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._layer.group_add(group, self._channel)
            self._joined.add(group)
        for group in self._joined - self._wanted:
            if group not in self._wanted:  # nobody may have come back to it meanwhile
                await self._discard(group)

    async def _discard(self, group):
        # Whoever asks for it from here on is to wait until it is joined anew: what is proven now is not for long.
        self._joined.discard(group)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._layer.group_discard(group, self._channel)
        except BaseException:
            self._joined.add(group)
            raise

    async def _listen(self):
        while True:
            if self._channel is None:
                self._changed.set()
                await asyncio.sleep(0.05)
                continue
            try:
                self._hear(await self._layer.receive(self._channel))
            except Exception as error:  # whatever Redis does, the head check makes good
                log.warning("Could not listen: %r", error)
                await asyncio.sleep(RETRY_SECONDS)

    def _hear(self, peal):
        is_own = peal.get("from") == self._name
        for ring in peal.get("rings", ()):
            try:
                self._hear_one(ring, is_own)
            except Exception:  # of another release, perhaps: it keeps no other ring from being heard
                log.exception("A ring could not be heard")

    def _hear_one(self, ring, is_own):
        if ring["type"] == "proof":
            self._prove(ring["token"])
        elif not is_own:
            self._on_ring(ring)

    def _prove(self, token):
        proof = self._proofs.get(token)
        if proof and not proof.done():
            proof.set_result(None)


def peal(rings, name=""):
    """Rings on their way from the process of that name, which does not hear them again."""
    return {"type": "peal", "from": name, "rings": rings}


async def ring_once(group, message):
    """Ring where no hub runs (a management command); a failure is logged, for the head check makes good."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await get_channel_layer().group_send(group, peal([message]))
    except Exception as error:
        log.warning("Could not ring %s: %r", group, error)
