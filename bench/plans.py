"""The questions that people ask a large site, by the site's own code: how PostgreSQL finds the answers, and how soon.

`python -m bench.plans 10000000 100000` in the environment of a server whose empty database it may fill.
"""

import json
import os
import random
import re
import statistics
import sys
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")

import django

django.setup()

from django.db import connection  # noqa: E402

from accounts.models import User  # noqa: E402
from rooms.direct.conversation import belongings  # noqa: E402
from rooms.direct.messages import private_messages  # noqa: E402
from rooms.directory.listing import directory, directory_rows  # noqa: E402
from rooms.log.history import changes_since, page  # noqa: E402
from rooms.models import Membership, Room  # noqa: E402
from rooms.unread.queries import Mark, changed_memberships, read  # noqa: E402

from .backend import cpu_seconds  # noqa: E402
from .large_site import BUSY, fill, say  # noqa: E402
from .unit_costs import unit_costs  # noqa: E402

TRIES, WARMING = 200, 20
LIMIT_MS = 20
# Tables that are read whole only by mistake; the others are small on any site.
LARGE = {"rooms_message", "rooms_membership", "accounts_user"}


def main(messages, users):
    fill(messages, users)
    faults = []
    print(f"\n| {messages:,} messages | p50 ms | p95 ms | CPU ms, p50 | p95 | how |\n|---|---:|---:|---:|---:|---|")
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, epoch, last_seq, kind FROM rooms_room WHERE last_seq > 0 ORDER BY last_seq DESC")
        rooms = cursor.fetchall()
    for name, question in questions(Places(rooms, users)).items():
        faults += measure(name, question)
    print("", *unit_costs(users), sep="\n")
    for fault in faults:
        print(f"FAILED {fault}")
    sys.exit(1 if faults else 0)


class Places:
    """Where one might look: seeded, so that every run looks at the same places."""

    def __init__(self, rooms, users):
        self._dice = random.Random(7)
        self._public = [room for room in rooms if room[3] == "public"]
        self._users = users

    def room(self):
        """A public room, large ones as likely as small ones: `(id, epoch, last_seq)`."""
        return self._dice.choice(self._public)[:3]

    def seq(self, last):
        return self._dice.randint(1, last)

    def user(self):
        # Every fiftieth is not active.
        return User(pk=self._dice.randrange(1, self._users // 50) * 50 + 1)


def questions(places):
    return rooms_questions(places) | people_questions(places)


def rooms_questions(places):
    def opening():
        room_id, _epoch, _last = places.room()
        room = Room.visible_to(places.user(), room_id)
        return changes_since(room.pk, "", 0)

    def older():
        room_id, _epoch, last = places.room()
        return page(Room.visible_to(places.user(), room_id), before=places.seq(last))

    def around():
        room_id, _epoch, last = places.room()
        return page(Room.visible_to(places.user(), room_id), around=places.seq(last))

    def resuming():
        room_id, epoch, last = places.room()
        return changes_since(room_id, epoch, max(0, last - 400 + places.seq(399)))

    return {
        "opening a room": opening,
        "an older page": older,
        "a page around a message": around,
        "resuming after up to 400 changes": resuming,
    }


def people_questions(places):
    def reading():
        user = places.user()
        mine = Membership.of_each([user.pk])[user.pk]
        room_id, membership = next(iter(mine.items()))
        return read([Mark(user.pk, room_id, membership.read_seq + 1)])

    def users():
        return directory_rows(
            places.user(), User.objects.filter(is_active=True, pk__gt=places.user().pk).order_by("pk")[:101]
        )

    return {
        "what is unread, and whose conversations, at `hello`": lambda: belongings([places.user().pk]),
        "reading on": reading,
        "what changed in memberships lately": lambda: changed_memberships(15),
        "one's private messages": lambda: private_messages(places.user()),
        "private messages of who wrote thousands": lambda: private_messages(User(pk=random.randint(1, BUSY))),
        "a page of users over REST": users,
        "the directory, the connected first": lambda: directory(places.user()),
        "the directory, by name": lambda: directory(places.user(), f"bench{places.user().pk}"),
    }


def measure(name, question):
    """Prints a row; what is wrong with it. CPU time, ours and PostgreSQL's, is what a busy machine does not stretch."""
    asked = {}

    def watch(execute, sql, params, many, context):
        asked.setdefault(sql, params)
        return execute(sql, params, many, context)

    took, worked = [], []
    with connection.execute_wrapper(watch):
        for _try in range(WARMING + TRIES):
            begun, cpu = time.perf_counter(), cpu_seconds()
            question()
            took.append(time.perf_counter() - begun)
            worked.append(cpu_seconds() - cpu)
    plans = {sql: list(plan(sql, params)) for sql, params in asked.items() if is_question(sql)}
    nodes = [node for found in plans.values() for node in found]
    how = sorted({f"{kind} {what}".strip() for kind, what in nodes if "Scan" in kind})
    (p50, p95), cpu = percentiles(took[WARMING:]), percentiles(worked[WARMING:])
    print(f"| {name} | {p50:.1f} | {p95:.1f} | {cpu[0]:.1f} | {cpu[1]:.1f} | {', '.join(how)} |", flush=True)
    faults = [f"{name}: p95 {p95:.1f} ms"] if p95 > LIMIT_MS else []
    whole = [sql for sql, found in plans.items() if any(("Seq Scan", table) in found for table in LARGE)]
    return faults + [f"{name}: reads a large table whole: {sql}" for sql in whole]


def is_question(sql):
    return re.match(r"\s*(SELECT|WITH)", sql)


def percentiles(seconds):
    """The 50th and the 95th, in milliseconds."""
    return 1000 * statistics.median(seconds), 1000 * statistics.quantiles(seconds, n=20)[-1]


def plan(sql, params):
    """The nodes of a plan as `(kind, table or index)`."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        [[found]] = cursor.fetchall()
    found = json.loads(found) if isinstance(found, str) else found
    yield from walk(found[0]["Plan"])


def walk(node):
    yield node["Node Type"], node.get("Index Name") or node.get("Relation Name", "")
    for child in node.get("Plans", ()):
        yield from walk(child)


if __name__ == "__main__":
    say("filling")
    main(*map(int, sys.argv[1:]))
