"""A closed loop: a fixed number of messages in flight, each followed by the next when it has been delivered."""

import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from .client_pool import TIMEOUT_SECONDS, Client, ClientPool, DeliveryError

WARM_UP_SECONDS = 1.0

Sample = dict[str, float]


class Load:
    """Sends messages through a pool of clients and counts every receipt.

    The senders are spread evenly over the pool; each sends its next message when its last one is done: delivered to
    all, or with `acks`, acknowledged as stored.
    """

    def __init__(self, pool: ClientPool, numbers: Iterator[int], in_flight: int, acks: bool = False) -> None:
        self.pool = pool
        self.numbers = numbers
        self.acks = acks
        self.pattern = pool.protocol.numbers
        self.seen_after = pool.protocol.seen_after
        self.sizes = Counter(client.seat.room for client in pool.clients)
        self.senders = pool.clients[:: max(1, len(pool.clients) // in_flight)][:in_flight]
        self.delivered = self.stored = 0
        self.sent: dict[int, list[bytes]] = defaultdict(list)  # room: numbers
        self.latencies: list[float] = []
        self._left: dict[bytes, int] = {}  # number: receipts still to come
        self._in_flight: dict[bytes, tuple[Client, float]] = {}  # number: (sender, sent at)
        self._running = True

    def run(self, seconds: float, sample: Callable[[], Sample]) -> tuple[Sample, Sample, float]:
        """The samples at the beginning and the end of the measured time, and the seconds between."""
        self._start()
        for sender in self.senders:
            self._send(sender)
        self._poll_until(time.perf_counter() + WARM_UP_SECONDS)
        self.latencies.clear()
        started, first = time.perf_counter(), self._sample(sample)
        self._poll_until(started + seconds)
        last, measured_seconds = self._sample(sample), time.perf_counter() - started
        self._finish()
        return first, last, measured_seconds

    def _sample(self, sample: Callable[[], Sample]) -> Sample:
        return {**sample(), "delivered": self.delivered, "stored": self.stored, "client": time.process_time()}

    def _start(self) -> None:
        recorded = set()
        for client in self.pool.clients:
            client.checksum, client.receipts = 0, None
            if client.seat.room not in recorded:
                recorded.add(client.seat.room)
                client.receipts = []
        self.pool.on_frames = self._on_frames

    def _poll_until(self, end: float) -> None:
        poll, now = self.pool.poll, time.perf_counter
        while now() < end:
            poll(TIMEOUT_SECONDS)

    def _send(self, sender: Client) -> None:
        number = next(self.numbers)
        key = b"%07d" % number
        self._left[key] = 1 if self.acks else self.sizes[sender.seat.room]
        self.sent[sender.seat.room].append(key)
        self._in_flight[key] = sender, time.perf_counter()
        sender.send(self.pool.protocol.message_frame(sender.seat, number))

    def _on_frames(self, client: Client, chunk: bytes) -> None:
        numbers: list[bytes] = self.pattern.findall(chunk)
        if numbers:
            self.delivered += len(numbers)
            client.receive(numbers, chunk)
            if client.unread >= self.seen_after:
                self._send_seen(client)
        if self.acks and self.pool.protocol.stored:
            numbers = self.pool.protocol.stored.findall(chunk)
            self.stored += len(numbers)
        left = self._left
        for number in numbers:
            remaining = left[number] - 1  # a KeyError is a duplicate
            if remaining:
                left[number] = remaining
            else:
                self._done(number)

    def _send_seen(self, client: Client) -> None:
        client.unread = 0
        client.send(self.pool.protocol.seen(client.seat, client.last_chunk))

    def _done(self, number: bytes) -> None:
        del self._left[number]
        sender, sent_at = self._in_flight.pop(number)
        self.latencies.append(time.perf_counter() - sent_at)
        if self._running:
            self._send(sender)

    def _finish(self) -> None:
        """Wait for all receipts still to come, and check that every client of a room has the same ones in one order."""
        self._running, deadline = False, time.perf_counter() + TIMEOUT_SECONDS
        while self._left:
            self.pool.poll(TIMEOUT_SECONDS)
            if time.perf_counter() > deadline:
                raise DeliveryError(f"{len(self._left)} messages were not delivered to all")
        self.pool.on_frames = self.pool.ignore
        if not self.acks:
            self._check_receipts()
        for client in self.pool.clients:
            if client.unread and self.seen_after < math.inf:
                self._send_seen(client)

    def _check_receipts(self) -> None:
        recorded = {client.seat.room: client for client in self.pool.clients if client.receipts is not None}
        for room, numbers in self.sent.items():
            if sorted(recorded[room].receipts or ()) != sorted(numbers):
                raise DeliveryError(f"In room {room} not every message was received once")
        for client in self.pool.clients:
            if client.checksum != recorded[client.seat.room].checksum:
                raise DeliveryError("Two sockets of one room received different messages, or in a different order")
