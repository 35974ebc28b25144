"""Requests take turns: a crowd from one address waits behind itself, and no crowd takes the processor from the talk.

Python runs one thread at a time, and each more that works is one more for the event loop to wait for. So only a few
requests are worked on at once. Whoever waits is let in by turns of the addresses, of each the first who came.
"""

import asyncio
import json
from collections import deque
from contextvars import ContextVar

from django.conf import settings

from common.errors import ExpectedError
from common.metrics.registry import Gauge

from .client_address import address_of_scope, network

WAITING_EACH = 256
# Asked seventy times a page, or just when there is trouble; no thread works on these.
PASSED = ("/healthz", "/metrics")

_turn: ContextVar = ContextVar("turn", default=None)


class Turns:
    """At most `at_once` of them at a time."""

    def __init__(self, at_once):
        self._free = at_once
        self._waiting = {}  # network: futures of those who wait; the networks in the order of their turns

    def __len__(self):
        """How many wait."""
        return sum(map(len, self._waiting.values()))

    async def take(self, network):
        """Wait for a turn; raises `busy` where too many of this network wait already."""
        if self._free:
            self._free -= 1
            return
        queue = self._waiting.setdefault(network, deque())
        if len(queue) >= WAITING_EACH:
            raise ExpectedError("busy", retry_after=1)
        let_in = asyncio.get_running_loop().create_future()
        queue.append(let_in)
        try:
            await let_in
        except asyncio.CancelledError:
            if let_in.done() and not let_in.cancelled():
                self.give_back()
            raise

    def give_back(self):
        while self._waiting:
            network = next(iter(self._waiting))
            queue = self._waiting.pop(network)
            let_in = queue.popleft()
            if queue:
                self._waiting[network] = queue  # behind the others
            if not let_in.done():  # cancelled, where nobody waits any more
                let_in.set_result(None)
                return
        self._free += 1


class Turn:
    """One request's: it ends once, however often that is said."""

    def __init__(self, turns):
        self._turns = turns
        self.loop = asyncio.get_running_loop()

    def end(self):
        turns, self._turns = self._turns, None
        if turns is not None:
            turns.give_back()


def by_turns(application, turns):
    """The ASGI application, with its requests let in by `turns`."""

    async def waiting(scope, receive, send):
        if scope["path"] in PASSED or scope["path"].startswith(settings.STATIC_URL):
            await application(scope, receive, send)
            return
        try:
            await turns.take(network(address_of_scope(scope)))
        except ExpectedError as refusal:
            await refuse(scope, send, refusal)
            return
        turn = Turn(turns)
        _turn.set(turn)

        async def send_and_end(event):
            turn.end()  # the answer is made; how fast it is read is nobody else's matter
            await send(event)

        try:
            await application(scope, receive, send_and_end)
        finally:
            turn.end()

    return waiting


def let_others_in():
    """From the thread that works on a request: what comes now waits for something else than the processor."""
    turn = _turn.get()
    if turn is not None:
        turn.loop.call_soon_threadsafe(turn.end)


async def refuse(scope, send, refusal):
    text, kind = refusal.text, b"text/plain; charset=utf-8"
    if scope["path"].startswith("/api/"):
        text, kind = json.dumps({"error": {"code": refusal.code, "message": refusal.text}}), b"application/json"
    headers = [(b"content-type", kind), (b"retry-after", b"%d" % refusal.retry_after)]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})


turns = Turns(settings.REQUESTS_AT_ONCE)
Gauge("requests_waiting", "HTTP requests that wait for their turn.", lambda: len(turns))
