"""Admission control: a limit on concurrent HTTP requests, with fair queueing between client networks.

Python runs one thread at a time, so each further request that uses the processor delays the event loop. Only a few
requests run at once; the others wait in one queue per client network, and the queues are served round-robin.
"""

import asyncio
import json
from collections import deque
from contextvars import ContextVar

from django.conf import settings

from common.errors import ExpectedError
from common.metrics.registry import Gauge

from .asgi_types import Application, Event, Receive, Scope, Send
from .client_address import address_of_scope, network

QUEUE_LIMIT = 256  # waiting requests of one network
# Monitoring must be answered under load, and no worker thread is needed for it.
EXEMPT_PATHS = ("/healthz", "/metrics")

_slot: ContextVar["Slot | None"] = ContextVar("slot", default=None)


class AdmissionControl:
    """A semaphore of `limit` slots with one FIFO queue per network, served round-robin. Not thread-safe."""

    def __init__(self, limit: int) -> None:
        self._free = limit
        self._queues: dict[str, deque[asyncio.Future[None]]] = {}  # in the order in which they are served

    def __len__(self) -> int:
        """Return the number of waiting requests."""
        return sum(map(len, self._queues.values()))

    async def acquire(self, network: str) -> None:
        """Wait for a slot; raises `ExpectedError("busy")` if the network's queue is full."""
        if self._free:
            self._free -= 1
            return
        queue = self._queues.setdefault(network, deque())
        if len(queue) >= QUEUE_LIMIT:
            raise ExpectedError("busy", retry_after=1)
        admitted = asyncio.get_running_loop().create_future()
        queue.append(admitted)
        try:
            await admitted
        except asyncio.CancelledError:
            # Race: the slot was handed over in the same turn of the loop in which the request was cancelled.
            if admitted.done() and not admitted.cancelled():
                self.release()
            raise

    def release(self) -> None:
        """Hand the slot to the next waiting request, or free it."""
        while self._queues:
            network = next(iter(self._queues))
            queue = self._queues.pop(network)
            admitted = queue.popleft()
            if queue:
                self._queues[network] = queue  # last in the round
            if not admitted.done():  # done: cancelled while it waited
                admitted.set_result(None)
                return
        self._free += 1


class Slot:
    """The slot of one request; `release` is idempotent."""

    def __init__(self, admission: AdmissionControl) -> None:
        self._admission: AdmissionControl | None = admission
        self.loop = asyncio.get_running_loop()

    def release(self) -> None:
        """Release the slot once."""
        admission, self._admission = self._admission, None
        if admission is not None:
            admission.release()


def admission_middleware(application: Application, admission: AdmissionControl) -> Application:
    """Wrap an ASGI application: each HTTP request waits for a slot of `admission`."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in EXEMPT_PATHS or scope["path"].startswith(settings.STATIC_URL):
            await application(scope, receive, send)
            return
        try:
            await admission.acquire(network(address_of_scope(scope)))
        except ExpectedError as error:
            await send_error(scope, send, error)
            return
        slot = Slot(admission)
        _slot.set(slot)

        async def release_and_send(event: Event) -> None:
            slot.release()  # the response is computed: a slow reader must not occupy a slot
            await send(event)

        try:
            await application(scope, receive, release_and_send)
        finally:
            slot.release()

    return handle


def release_slot() -> None:
    """Release the current request's slot early, before its thread waits for something other than the processor."""
    slot = _slot.get()
    if slot is not None:
        slot.loop.call_soon_threadsafe(slot.release)


async def send_error(scope: Scope, send: Send, error: ExpectedError) -> None:
    """Send an error response: JSON below `/api/`, plain text elsewhere."""
    text, content_type = error.text, b"text/plain; charset=utf-8"
    if scope["path"].startswith("/api/"):
        text, content_type = json.dumps(error.to_dict()), b"application/json"
    headers = [(b"content-type", content_type), (b"retry-after", b"%d" % (error.retry_after or 1))]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})


request_admission = AdmissionControl(settings.REQUESTS_AT_ONCE)
Gauge("requests_waiting", "HTTP requests that wait for admission.", lambda: len(request_admission))
