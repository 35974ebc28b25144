"""Tells outgoing webhooks what was said: one server process for all, by a lease in the database."""

import asyncio
import contextlib
import hmac
import http.client
import json
import logging
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings

from common import egress
from common.db.threads import in_database
from common.version import VERSION
from rooms.jobs.models import SingletonJob

from .models import Delivery, OutgoingHook

log = logging.getLogger(__name__)

LOOK_SECONDS = 1
REST_SECONDS = 5  # of those that do not hold the duty
SENDING_THREADS, SENDING_OF_MAKER = 16, 3
# Together below the lease's term.
RENEWAL_SECONDS, MOST_SECONDS = 2, egress.TIMEOUT_SECONDS + 2


class Courier:
    """Looks at the logs of rooms with hooks, and at what is due. Whoever dies leaves the duty to another process.

    A delivery may thus come twice, never not at all: `delivery` in its body tells.
    """

    def __init__(self):
        self._id = uuid.uuid4()
        self._held_since = 0.0
        self._threads = ThreadPoolExecutor(SENDING_THREADS, "courier")
        self._under_way = {}  # delivery: its task
        self._turns = {}  # hook id: the number of its last turn
        self._has_room = asyncio.Event()
        self._task = asyncio.ensure_future(self._work_forever())

    async def end(self):
        """Leave the duty to another process, at once."""
        for task in (self._task, *self._under_way.values()):
            task.cancel()
        await in_database(SingletonJob.release, self._id)

    async def _work_forever(self):
        while True:
            self._has_room.clear()
            try:
                on_duty = await self._work()
            except Exception:
                log.exception("Could not look after webhooks; the next look makes good")
                on_duty = False
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._has_room.wait(), LOOK_SECONDS if on_duty else REST_SECONDS)

    async def _work(self):
        """One look; whether it is this process's duty at all, which without any hooks is nobody's."""
        if time.monotonic() - self._held_since > RENEWAL_SECONDS:
            if not await in_database(take_duty, self._id):
                return False
            self._held_since = time.monotonic()
        due = await in_database(queue_and_find, [delivery.hook_id for delivery in self._under_way])
        # They end, by the time limit of each, before the lease does.
        for delivery in chosen(due, self._under_way, self._turns):
            self._turns[delivery.hook_id] = max(self._turns.values(), default=0) + 1
            self._under_way[delivery] = asyncio.ensure_future(self._deliver(delivery))
        return True

    async def _deliver(self, delivery):
        sending = asyncio.get_running_loop().run_in_executor(self._threads, send, delivery)
        try:
            is_taken, answer = False, "TimeoutError: the name was not found in time"
            if (await asyncio.wait([sending], timeout=MOST_SECONDS))[0]:
                is_taken, answer = sending.result()
            await in_database(delivery.settle, is_taken, answer)
            await sending  # who keeps a thread busy keeps their place in the turns
            self._has_room.set()
        except Exception:
            log.exception("Could not note what came of a delivery; it comes again")
        finally:
            del self._under_way[delivery]


def chosen(due, under_way, turns):
    """Of `due` deliveries those to be sent now beside others: by `turns`, whoever had theirs longest ago first.

    Few of one maker at once: the receivers of their hooks may all be slow.
    """
    makers = Counter(delivery.hook.made_by_id for delivery in under_way)
    found = []
    for delivery in sorted(due, key=lambda delivery: turns.get(delivery.hook_id, 0)):
        maker = delivery.hook.made_by_id
        if makers.total() < SENDING_THREADS and makers[maker] < SENDING_OF_MAKER:
            makers[maker] += 1
            found.append(delivery)
    return found


def take_duty(process_id):
    return OutgoingHook.objects.filter(is_active=True).exists() and SingletonJob.acquire("webhooks", process_id)


def queue_and_find(busy):
    Delivery.queue()
    return Delivery.due(busy)


def send(delivery):
    """Whether the receiver took it (2xx), and what it answered."""
    body = json.dumps(delivery.body(), ensure_ascii=False).encode()
    may_ask = egress.anywhere if settings.HOOKS_TO_PRIVATE_ADDRESSES else egress.is_public
    try:
        status, text = egress.post(delivery.hook.url, body, headers_of(delivery.hook.secret, body), may_ask)
    except (OSError, http.client.HTTPException) as error:
        return False, f"{type(error).__name__}: {error}"
    except Exception as error:  # whatever else a stranger's server brings about: this delivery failed, not the courier
        log.exception("A webhook could not be told")
        return False, type(error).__name__
    return 200 <= status < 300, f"{status} {text}"


def headers_of(secret, body):
    """With a signature over time and body, so that nobody sends it again much later."""
    at = str(int(time.time()))
    signature = hmac.new(secret.encode(), f"{at}.".encode() + body, "sha256").hexdigest()
    return {
        "Content-Type": "application/json",
        "User-Agent": f"Tertulia/{VERSION}",
        "X-Tertulia-Signature": f"t={at},v1={signature}",
        "Connection": "close",
    }
