"""The channel layer: tells other processes to look.

A ring that is lost costs time (the hub's head check finds out), never a message; so nothing here is waited for
longer than a second, and without `REDIS_URL` there is no layer and nothing to do.
"""

import asyncio
import logging
import uuid

from channels.layers import get_channel_layer

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 1
RETRY_SECONDS = 1
QUEUED_RINGS = 1000


class Doorbell:
    """This process's one channel, in as many groups as it has rooms to listen to. `on_ring(message)` hears them all."""

    def __init__(self, on_ring):
        self._layer = get_channel_layer()
        self._on_ring = on_ring
        self._channel = None
        self._wanted = set()
        self._joined = set()
        self._rings = asyncio.Queue(QUEUED_RINGS)
        self._proofs = {}
        self._changed = asyncio.Event()
        self._levelled = asyncio.Condition()
        self._tasks = []
        if self._layer is not None:
            self._tasks = [asyncio.ensure_future(loop()) for loop in (self._listen, self._ring_all, self._follow)]

    async def subscribe(self, group):
        """Listen to a group; returns when its rings are proven to arrive, or when Redis has had its second."""
        if self._layer is None:
            return
        self._wanted.add(group)
        self._changed.set()
        token = uuid.uuid4().hex
        proof = self._proofs[token] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                async with self._levelled:
                    await self._levelled.wait_for(lambda: group in self._joined)
                self.ring(group, {"type": "proof", "token": token})
                await proof
        except TimeoutError:
            log.warning("No proof of the subscription to %s: going on without", group)
        finally:
            del self._proofs[token]

    def unsubscribe(self, group):
        self._wanted.discard(group)
        self._changed.set()

    def ring(self, group, message):
        """Send `message` (a dict with `type`) to all processes in the group, this one included. Never waits."""
        if self._layer is None:
            return
        if self._rings.full():
            self._rings.get_nowait()
        self._rings.put_nowait((group, message))

    async def close(self):
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _ring_all(self):
        while True:
            group, message = await self._rings.get()
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await self._layer.group_send(group, message)
            except Exception as error:  # whatever Redis does, the head check makes good
                log.warning("Could not ring %s: %r", group, error)

    async def _follow(self):
        """Bring the subscriptions to what is wanted, again and again until Redis agrees."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await self._level()
                async with self._levelled:
                    self._levelled.notify_all()
            except Exception as error:
                log.warning("Could not subscribe: %r", error)
                await asyncio.sleep(RETRY_SECONDS)
                self._changed.set()

    async def _level(self):
        if self._channel is None:
            self._channel = await self._layer.new_channel()
        for group in self._wanted - self._joined:
            await self._layer.group_add(group, self._channel)
            self._joined.add(group)
        for group in self._joined - self._wanted:
            await self._layer.group_discard(group, self._channel)
            self._joined.discard(group)

    async def _listen(self):
        while True:
            if self._channel is None:
                self._changed.set()
                await asyncio.sleep(0.05)
                continue
            message = await self._layer.receive(self._channel)
            if message["type"] == "proof":
                self._prove(message["token"])
            else:
                self._on_ring(message)

    def _prove(self, token):
        proof = self._proofs.get(token)
        if proof and not proof.done():
            proof.set_result(None)


async def ring_once(group, message):
    """Ring where no hub runs (a management command); a failure is logged, for the head check makes good."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await get_channel_layer().group_send(group, message)
    except Exception as error:
        log.warning("Could not ring %s: %r", group, error)
