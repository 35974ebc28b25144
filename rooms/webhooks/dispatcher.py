"""Sends webhook deliveries, in one server process at a time: the holder of a lease in the database."""

import asyncio
import contextlib
import hmac
import http.client
import json
import logging
import time
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings

from common import egress
from common.db.threads import in_database
from common.version import VERSION
from rooms.jobs.models import SingletonJob

from .models import Delivery, OutgoingHook

log = logging.getLogger(__name__)

LEASE = "webhooks"
POLL_SECONDS = 1
POLL_SECONDS_WITHOUT_LEASE = 5
SENDING_THREADS = 16
SENDING_THREADS_PER_MAKER = 3
# Their sum is less than the lease's term, so a delivery ends before another process can take the lease.
RENEWAL_SECONDS, DELIVERY_TIMEOUT_SECONDS = 2, egress.TIMEOUT_SECONDS + 2


class WebhookDispatcher:
    """Polls the logs of rooms with webhooks, and sends what is due.

    At least once: after a crash another process takes the lease and may repeat a delivery, with the same `delivery`
    id in its body.
    """

    def __init__(self) -> None:
        self._id = uuid.uuid4()
        self._renewed_at = 0.0
        self._threads = ThreadPoolExecutor(SENDING_THREADS, "webhooks")
        self._in_flight: dict[Delivery, asyncio.Task[None]] = {}
        self._last_turns: dict[int, int] = {}  # hook id: number of its latest turn
        self._has_capacity = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Cancel what is in flight and release the lease, so that another process takes over at once."""
        tasks = [task for task in (self._task, *self._in_flight.values()) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)
        await in_database(SingletonJob.release, self._id)

    async def _run(self) -> None:
        while True:
            self._has_capacity.clear()
            try:
                has_lease = await self._poll()
            except Exception:
                log.exception("Could not poll for webhook deliveries; retrying")
                has_lease = False
            seconds = POLL_SECONDS if has_lease else POLL_SECONDS_WITHOUT_LEASE
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._has_capacity.wait(), seconds)

    async def _poll(self) -> bool:
        """Start due deliveries; return whether this process holds the lease."""
        if time.monotonic() - self._renewed_at > RENEWAL_SECONDS:
            if not await in_database(take_lease, self._id):
                return False
            self._renewed_at = time.monotonic()
        due = await in_database(enqueue_and_find_due, [delivery.hook_id for delivery in self._in_flight])
        for delivery in select(due, self._in_flight, self._last_turns):
            self._last_turns[delivery.hook_id] = max(self._last_turns.values(), default=0) + 1
            self._in_flight[delivery] = asyncio.create_task(self._deliver(delivery))
        return True

    async def _deliver(self, delivery: Delivery) -> None:
        sending = asyncio.get_running_loop().run_in_executor(self._threads, send, delivery)
        try:
            is_delivered, answer = False, "TimeoutError: the name was not found in time"
            if (await asyncio.wait([sending], timeout=DELIVERY_TIMEOUT_SECONDS))[0]:
                is_delivered, answer = sending.result()
            await in_database(delivery.settle, is_delivered, answer)
            await sending  # in flight as long as its thread is busy, also after the timeout
            self._has_capacity.set()
        except Exception:
            log.exception("Could not store the result of a webhook delivery; it will be repeated")
        finally:
            del self._in_flight[delivery]


def select(due: Iterable[Delivery], in_flight: Collection[Delivery], last_turns: Mapping[int, int]) -> list[Delivery]:
    """Choose from `due` the deliveries to send now: round-robin over webhooks, least recent turn first.

    Limited per maker, so that one user's slow receivers cannot occupy all threads.
    """
    makers = Counter(delivery.hook.made_by_id for delivery in in_flight)
    selected = []
    for delivery in sorted(due, key=lambda delivery: last_turns.get(delivery.hook_id, 0)):
        maker = delivery.hook.made_by_id
        if makers.total() < SENDING_THREADS and makers[maker] < SENDING_THREADS_PER_MAKER:
            makers[maker] += 1
            selected.append(delivery)
    return selected


def take_lease(process_id: uuid.UUID) -> bool:
    """Take or renew the lease; without active webhooks no process holds it."""
    return OutgoingHook.objects.filter(is_active=True).exists() and SingletonJob.acquire(LEASE, process_id)


def enqueue_and_find_due(busy_hooks: Collection[int]) -> list[Delivery]:
    Delivery.enqueue()
    return Delivery.due(busy_hooks)


def send(delivery: Delivery) -> tuple[bool, str]:
    """POST a delivery; return whether the receiver answered 2xx, and its answer or the error."""
    body = json.dumps(delivery.body(), ensure_ascii=False).encode()
    is_allowed = egress.allow_any if settings.HOOKS_TO_PRIVATE_ADDRESSES else egress.is_public
    try:
        status, text = egress.post(delivery.hook.url, body, signed_headers(delivery.hook.secret, body), is_allowed)
    except (OSError, http.client.HTTPException) as error:
        return False, f"{type(error).__name__}: {error}"
    except Exception as error:  # a receiver's malformed answer must not stop other deliveries
        log.exception("A webhook delivery failed unexpectedly")
        return False, type(error).__name__
    return 200 <= status < 300, f"{status} {text}"


def signed_headers(secret: str, body: bytes) -> dict[str, str]:
    """Headers with an HMAC-SHA256 signature of time and body, which protects against replays."""
    at = str(int(time.time()))
    signature = hmac.new(secret.encode(), f"{at}.".encode() + body, "sha256").hexdigest()
    return {
        "Content-Type": "application/json",
        "User-Agent": f"Tertulia/{VERSION}",
        "X-Tertulia-Signature": f"t={at},v1={signature}",
        "Connection": "close",
    }
