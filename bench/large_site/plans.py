"""Times and query plans of the site's own code on a large PostgreSQL database.

`python -m bench.large_site.plans 10000000 100000` in the environment of a server whose empty database it may fill.
"""

import json
import os
import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")

import django

django.setup()

from django.db import connection  # noqa: E402

from accounts.models import User  # noqa: E402
from rooms.direct.conversation import Conversation  # noqa: E402
from rooms.direct.messages import private_messages  # noqa: E402
from rooms.directory.listing import directory, directory_rows  # noqa: E402
from rooms.log.history import changes_since, page  # noqa: E402
from rooms.models import Membership, Room  # noqa: E402
from rooms.moderation.blocks import blocked_by  # noqa: E402
from rooms.unread.queries import Mark, changed_memberships, read  # noqa: E402

from .backend import backend_cpu_seconds  # noqa: E402
from .fill import BUSY, fill, log  # noqa: E402
from .unit_costs import unit_costs  # noqa: E402

MEASURED, WARM_UP = 200, 20
LIMIT_MS = 20

RoomRow = tuple[int, str, int, str]  # id, epoch, last_seq, kind
Operations = dict[str, Callable[[], object]]

# A sequential scan of these is a fault; the other tables are small on any site.
LARGE_TABLES = {"rooms_message", "rooms_membership", "accounts_user"}


def main(messages: int, users: int) -> None:
    fill(messages, users)
    faults = []
    print(f"\n| {messages:,} messages | p50 ms | p95 ms | CPU ms, p50 | p95 | how |\n|---|---:|---:|---:|---:|---|")
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, epoch, last_seq, kind FROM rooms_room WHERE last_seq > 0 ORDER BY last_seq DESC")
        rooms = cursor.fetchall()
    for name, operation in operations(Targets(rooms, users)).items():
        faults += measure(name, operation)
    print("", *unit_costs(users), sep="\n")
    for fault in faults:
        print(f"FAILED {fault}")
    sys.exit(1 if faults else 0)


class Targets:
    """Random rooms, messages and users; seeded, so that every run uses the same ones."""

    def __init__(self, rooms: Sequence[RoomRow], users: int) -> None:
        self._random = random.Random(7)
        self._public = [room for room in rooms if room[3] == "public"]
        self._users = users

    def room(self) -> tuple[int, str, int]:
        """A public room, of any size with equal probability: `(id, epoch, last_seq)`."""
        return self._random.choice(self._public)[:3]

    def seq(self, last: int) -> int:
        return self._random.randint(1, last)

    def user(self) -> User:
        # Every fiftieth is inactive.
        return User(pk=self._random.randrange(1, self._users // 50) * 50 + 1)


def operations(targets: Targets) -> Operations:
    """`{name: function}` of everything that is measured."""
    return room_operations(targets) | user_operations(targets)


def room_operations(targets: Targets) -> Operations:
    def opening() -> object:
        room_id, _epoch, _last = targets.room()
        room = Room.visible_to(targets.user(), room_id)
        return changes_since(room.pk, "", 0)

    def older() -> object:
        room_id, _epoch, last = targets.room()
        return page(Room.visible_to(targets.user(), room_id), before=targets.seq(last))

    def around() -> object:
        room_id, _epoch, last = targets.room()
        return page(Room.visible_to(targets.user(), room_id), around=targets.seq(last))

    def resuming() -> object:
        room_id, epoch, last = targets.room()
        return changes_since(room_id, epoch, max(0, last - 400 + targets.seq(399)))

    return {
        "opening a room": opening,
        "an older page": older,
        "a page around a message": around,
        "resuming after up to 400 changes": resuming,
    }


def user_operations(targets: Targets) -> Operations:
    def reading() -> object:
        user = targets.user()
        own = Membership.of_each([user.pk])[user.pk]
        room_id, membership = next(iter(own.items()))
        return read([Mark(user.pk, room_id, membership.read_seq + 1)])

    def users() -> object:
        return directory_rows(
            targets.user(), User.objects.filter(is_active=True, pk__gt=targets.user().pk).order_by("pk")[:101]
        )

    return {
        "unread counts and conversations, at `hello`": lambda: load_user(targets.user().pk),
        "a read marker": reading,
        "recent changes of memberships": lambda: changed_memberships(15),
        "private messages": lambda: private_messages(targets.user()),
        "private messages of a user with thousands": lambda: private_messages(User(pk=random.randint(1, BUSY))),
        "a page of users over REST": users,
        "the directory, the connected first": lambda: directory(targets.user()),
        "the directory, by name": lambda: directory(targets.user(), f"bench{targets.user().pk}"),
    }


def load_user(user_id: int) -> object:
    """Everything that is loaded for a user who connects: by the core, direct conversations and blocks."""
    memberships = Membership.of_each([user_id])
    return memberships, Membership.removals([user_id]), Conversation.of_each(memberships), blocked_by([user_id])


def measure(name: str, operation: Callable[[], object]) -> list[str]:
    """Print a row of the table; its faults. CPU time, unlike elapsed time, hardly depends on the machine's load."""
    queries: dict[str, Any] = {}

    def record(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        queries.setdefault(sql, params)
        return execute(sql, params, many, context)

    elapsed, cpu_times = [], []
    with connection.execute_wrapper(record):
        for _number in range(WARM_UP + MEASURED):
            started, cpu_started = time.perf_counter(), backend_cpu_seconds()
            operation()
            elapsed.append(time.perf_counter() - started)
            cpu_times.append(backend_cpu_seconds() - cpu_started)
    plans = {sql: list(plan(sql, params)) for sql, params in queries.items() if is_select(sql)}
    nodes = [node for found in plans.values() for node in found]
    how = sorted({f"{kind} {what}".strip() for kind, what in nodes if "Scan" in kind})
    (p50, p95), cpu = percentiles(elapsed[WARM_UP:]), percentiles(cpu_times[WARM_UP:])
    print(f"| {name} | {p50:.1f} | {p95:.1f} | {cpu[0]:.1f} | {cpu[1]:.1f} | {', '.join(how)} |", flush=True)
    faults = [f"{name}: p95 {p95:.1f} ms"] if p95 > LIMIT_MS else []
    whole = [sql for sql, found in plans.items() if any(("Seq Scan", table) in found for table in LARGE_TABLES)]
    return faults + [f"{name}: reads a large table whole: {sql}" for sql in whole]


def is_select(sql: str) -> bool:
    return bool(re.match(r"\s*(SELECT|WITH)", sql))


def percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    """The 50th and the 95th percentile in milliseconds."""
    return 1000 * statistics.median(seconds), 1000 * statistics.quantiles(seconds, n=20)[-1]


def plan(sql: str, params: Any) -> Iterator[tuple[str, str]]:
    """The nodes of a query plan as `(type, table or index)`."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        [[found]] = cursor.fetchall()
    found = json.loads(found) if isinstance(found, str) else found
    yield from walk(found[0]["Plan"])


def walk(node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield node["Node Type"], node.get("Index Name") or node.get("Relation Name", "")
    for child in node.get("Plans", ()):
        yield from walk(child)


if __name__ == "__main__":
    log("filling")
    main(*map(int, sys.argv[1:]))
