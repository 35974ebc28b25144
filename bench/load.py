"""A closed loop: so many messages in flight, the next one is said when one has reached everybody it is for."""

import math
import time
from collections import Counter, defaultdict

from .crowd import PATIENCE_SECONDS, Lost

WARM_UP_SECONDS = 1.0


class Load:
    """Says things through a crowd and counts every receipt.

    `acks`: a message is done when its sender knows that it is stored, not when all have it. The senders are spread
    evenly over the crowd, and each says its next message when its last one is done.
    """

    def __init__(self, crowd, numbers, in_flight, acks=False):
        self.crowd = crowd
        self.numbers = numbers
        self.acks = acks
        self.heard = crowd.dialect.heard
        self.seen_after = crowd.dialect.seen_after
        self.sizes = Counter(member.guest.room for member in crowd.members)
        self.senders = crowd.members[:: max(1, len(crowd.members) // in_flight)][:in_flight]
        self.delivered = self.stored = 0
        self.said = defaultdict(list)  # room: numbers
        self.latencies = []
        self._left = {}  # number: receipts still to come
        self._flying = {}  # number: (sender, said at)
        self._running = True

    def run(self, seconds, sample):
        """What `sample()` said at the beginning and the end of the measured time, and the seconds between."""
        self._listen()
        for sender in self.senders:
            self._say(sender)
        self._until(time.perf_counter() + WARM_UP_SECONDS)
        self.latencies.clear()
        begun, first = time.perf_counter(), self._sample(sample)
        self._until(begun + seconds)
        last, took = self._sample(sample), time.perf_counter() - begun
        self._finish()
        return first, last, took

    def _sample(self, sample):
        return {**sample(), "delivered": self.delivered, "stored": self.stored, "client": time.process_time()}

    def _listen(self):
        witnessed = set()
        for member in self.crowd.members:
            member.order, member.heard = 0, None
            if member.guest.room not in witnessed:
                witnessed.add(member.guest.room)
                member.heard = []
        self.crowd.hear = self._hear

    def _until(self, end):
        turn, now = self.crowd.turn, time.perf_counter
        while now() < end:
            turn(PATIENCE_SECONDS)

    def _say(self, sender):
        number = next(self.numbers)
        key = b"%07d" % number
        self._left[key] = 1 if self.acks else self.sizes[sender.guest.room]
        self.said[sender.guest.room].append(key)
        self._flying[key] = sender, time.perf_counter()
        sender.send(self.crowd.dialect.line(sender.guest, number))

    def _hear(self, member, chunk):
        numbers = self.heard.findall(chunk)
        if numbers:
            self.delivered += len(numbers)
            member.receive(numbers, chunk)
            if member.unseen >= self.seen_after:
                self._tell_seen(member)
        if self.acks:
            numbers = self.crowd.dialect.stored.findall(chunk)
            self.stored += len(numbers)
        left = self._left
        for number in numbers:
            remaining = left[number] - 1  # a KeyError is a message that came once too often
            if remaining:
                left[number] = remaining
            else:
                self._done(number)

    def _tell_seen(self, member):
        member.unseen = 0
        member.send(self.crowd.dialect.seen(member.guest, member.last))

    def _done(self, number):
        del self._left[number]
        sender, said_at = self._flying.pop(number)
        self.latencies.append(time.perf_counter() - said_at)
        if self._running:
            self._say(sender)

    def _finish(self):
        """Say no more and wait for what is still to come: every receipt, once, in one order for all of a room."""
        self._running, end = False, time.perf_counter() + PATIENCE_SECONDS
        while self._left:
            self.crowd.turn(PATIENCE_SECONDS)
            if time.perf_counter() > end:
                raise Lost(f"{len(self._left)} messages did not reach everybody")
        self.crowd.hear = self.crowd.ignore
        if not self.acks:
            self._check()
        for member in self.crowd.members:
            if member.unseen and self.seen_after < math.inf:
                self._tell_seen(member)

    def _check(self):
        witnesses = {m.guest.room: m for m in self.crowd.members if m.heard is not None}
        for room, numbers in self.said.items():
            if sorted(witnesses[room].heard) != sorted(numbers):
                raise Lost(f"In room {room} not everything said was heard once")
        for member in self.crowd.members:
            if member.order != witnesses[member.guest.room].order:
                raise Lost("Two sockets of one room heard different things, or in a different order")
