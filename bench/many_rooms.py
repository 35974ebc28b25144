"""`python -m bench.many_rooms`: what a message costs our server where there are 10 rooms, and where there are 1,000.

200 people have been in all of them, so each message is news to all. They talk at the same steady pace in both.
"""

import argparse
import gc
import os
import signal
import statistics
import time

import psycopg

from .contestants import everyone
from .ground import Ground
from .load import Load
from .processes import CLIENT_CORE, SERVER_CORE, cpu_seconds
from .trial import Trial

PEOPLE, FEW, MANY = 200, 10, 1000
MESSAGES_A_SECOND = 100
MOST = 1.3  # times
PLACES = {"people in 10 of them": FEW, "people spread over all": MANY}
CLOSE = "UPDATE rooms_room SET closed_at = now() WHERE NOT is_default AND id NOT IN (SELECT unnest(%s::bigint[]))"
HAVE_BEEN = (
    "INSERT INTO rooms_membership (room_id, user_id, joined_at, read_seq, changed_at)"
    " SELECT r.id, u.id, now(), 0, now() - interval '1 day'"
    " FROM rooms_room r, accounts_user u WHERE r.closed_at IS NULL"
)


class Pace(Load):
    """Everybody in turn says something, so many messages a second whatever became of the last ones."""

    def __init__(self, crowd, numbers):
        super().__init__(crowd, numbers, len(crowd.members))
        self._running = False  # nobody answers a message with the next one
        self._turn = 0
        self._due = time.perf_counter()

    def _until(self, end):
        while time.perf_counter() < end:
            while self._due <= time.perf_counter():
                self._say(self.senders[self._turn % len(self.senders)])
                self._turn += 1
                self._due += 1 / MESSAGES_A_SECOND
            self.crowd.wait(self._due - time.perf_counter())


class Rooms(Trial):
    """`people` stand in rooms of which there are `count`: spread over all, or over the first ten of them."""

    def cost(self, count, taken):
        """Milliseconds of the server's time for each message."""
        ids = self.ground.people["postgres"]["rooms"][:count]
        fill, self.ground.database = self.ground.database, lambda kind: self._prepared(fill(kind), ids)
        try:
            with self._server() as (crowd, pid):
                crowd.connect(self._guests(PEOPLE, taken))
                crowd.quieten()
                return self._cost(Pace(crowd, self.numbers), pid)
        finally:
            self.ground.database = fill

    def _cost(self, pace, pid):
        first, last, _took = pace.run(self.seconds, lambda: {"server": cpu_seconds(pid), "said": pace._turn})
        return 1000 * (last["server"] - first["server"]) / (last["said"] - first["said"])

    @staticmethod
    def _prepared(url, room_ids):
        with psycopg.connect(url) as connection:
            connection.execute(CLOSE, [room_ids])
            connection.execute(HAVE_BEEN)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        return url


def main():
    parser = argparse.ArgumentParser(prog="python -m bench.many_rooms", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="how long each is measured (10)")
    parser.add_argument("--rounds", type=int, default=3, help="how often all is measured; medians count (3)")
    parser.add_argument("--services-core", type=int, default=SERVER_CORE, help="where PostgreSQL and Redis run (0)")
    wanted = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a plain SIGTERM would leave the servers behind
    os.sched_setaffinity(0, {CLIENT_CORE})
    gc.disable()
    ours = next(contestant for contestant in everyone() if contestant.name == "serve")
    with Ground(wanted.services_core, PEOPLE, MANY) as ground:
        rooms = Rooms(ours, ground, wanted.seconds)
        ratios = [ratios_of_a_round(rooms) for _ in range(wanted.rounds)]
    found = {where: statistics.median(one[where] for one in ratios) for where in PLACES}
    print(", ".join(f"{where}: {ratio:.2f} times" for where, ratio in found.items()), "(medians)")
    if max(found.values()) > MOST:
        raise SystemExit(f"More than {MOST} times")


def ratios_of_a_round(rooms):
    """What a message costs with many rooms, held against what it costs with few: `{where people are: times}`."""
    few, ratios = rooms.cost(FEW, FEW), {}
    for where, taken in PLACES.items():
        many = rooms.cost(MANY, taken)
        ratios[where] = many / few
        print(f"{FEW} rooms {few:.2f} ms, {MANY} rooms, {where}: {many:.2f} ms a message: {many / few:.2f} times")
    return ratios


if __name__ == "__main__":
    main()
