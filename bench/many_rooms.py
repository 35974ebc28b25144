"""`python -m bench.many_rooms`: CPU time of a message on a site with 10 rooms, and with 1,000.

200 users are members of all rooms, so that each message changes what is unread for all of them. The message rate is
the same in both.
"""

import argparse
import gc
import os
import signal
import statistics
import time
from collections.abc import Iterator

import psycopg

from .clients.client_pool import ClientPool
from .clients.load import Load
from .run import Run
from .site.environment import BenchEnvironment
from .site.processes import CLIENT_CORE, SERVER_CORE, cpu_seconds
from .site.servers import all_servers

USERS, FEW, MANY = 200, 10, 1000
MESSAGES_PER_SECOND = 100
MAX_RATIO = 1.3
PLACES = {"people in 10 of them": FEW, "people spread over all": MANY}
CLOSE = "UPDATE rooms_room SET closed_at = now() WHERE NOT is_default AND id NOT IN (SELECT unnest(%s::bigint[]))"
JOIN_ALL = (
    "INSERT INTO rooms_membership (room_id, user_id, joined_at, read_seq, changed_at)"
    " SELECT r.id, u.id, now(), 0, now() - interval '1 day'"
    " FROM rooms_room r, accounts_user u WHERE r.closed_at IS NULL"
)


class OpenLoop(Load):
    """A fixed rate of messages, sent by all clients in turn, whether or not earlier ones were delivered."""

    def __init__(self, pool: ClientPool, numbers: Iterator[int]) -> None:
        super().__init__(pool, numbers, len(pool.clients))
        self._running = False  # a delivered message is not followed by the next one
        self.sent_count = 0
        self._due = time.perf_counter()

    def _poll_until(self, end: float) -> None:
        while time.perf_counter() < end:
            while self._due <= time.perf_counter():
                self._send(self.senders[self.sent_count % len(self.senders)])
                self.sent_count += 1
                self._due += 1 / MESSAGES_PER_SECOND
            self.pool.poll_optional(self._due - time.perf_counter())


class ManyRoomsEnvironment(BenchEnvironment):
    """Databases in which only the first `open_rooms` rooms are open, with all users as members."""

    open_rooms = MANY

    def database(self, kind: str) -> str:
        url = super().database(kind)
        with psycopg.connect(url) as connection:
            connection.execute(CLOSE, [self.fixtures[kind]["rooms"][: self.open_rooms]])
            connection.execute(JOIN_ALL)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        return url


class ManyRoomsRun(Run):
    environment: ManyRoomsEnvironment

    def cost(self, rooms: int, used_rooms: int) -> float:
        """Milliseconds of the server's CPU time for each message, with users spread over the first `used_rooms`."""
        self.environment.open_rooms = rooms
        with self._started() as (pool, pid):
            pool.connect(self._seats(USERS, used_rooms))
            pool.wait_until_quiet()
            return self._cost(OpenLoop(pool, self.numbers), pid)

    def _cost(self, load: OpenLoop, pid: int) -> float:
        first, last, _seconds = load.run(self.seconds, lambda: {"server": cpu_seconds(pid), "sent": load.sent_count})
        return 1000 * (last["server"] - first["server"]) / (last["sent"] - first["sent"])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.many_rooms", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="how long each is measured (10)")
    parser.add_argument("--rounds", type=int, default=3, help="how often all is measured; medians count (3)")
    parser.add_argument("--services-core", type=int, default=SERVER_CORE, help="where PostgreSQL and Redis run (0)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a plain SIGTERM would leave the servers running
    os.sched_setaffinity(0, {CLIENT_CORE})
    gc.disable()
    server = next(server for server in all_servers() if server.name == "serve")
    with ManyRoomsEnvironment(options.services_core, USERS, MANY) as environment:
        run = ManyRoomsRun(server, environment, options.seconds)
        ratios = [ratios_of_round(run) for _ in range(options.rounds)]
    found = {where: statistics.median(one[where] for one in ratios) for where in PLACES}
    print(", ".join(f"{where}: {ratio:.2f} times" for where, ratio in found.items()), "(medians)")
    if max(found.values()) > MAX_RATIO:
        raise SystemExit(f"More than {MAX_RATIO} times")


def ratios_of_round(run: ManyRoomsRun) -> dict[str, float]:
    """The cost with many rooms divided by that with few: `{which rooms are used: ratio}`."""
    few, ratios = run.cost(FEW, FEW), {}
    for where, used_rooms in PLACES.items():
        many = run.cost(MANY, used_rooms)
        ratios[where] = many / few
        print(f"{FEW} rooms {few:.2f} ms, {MANY} rooms, {where}: {many:.2f} ms a message: {many / few:.2f} times")
    return ratios


if __name__ == "__main__":
    main()
