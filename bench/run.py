"""One server under each load, restarted before each, so that no load affects the next."""

import contextlib
import itertools
import statistics
from collections.abc import Iterator, Sequence

from .clients.client_pool import ClientPool
from .clients.load import Load
from .clients.protocols import Seat
from .site.environment import BenchEnvironment
from .site.processes import SERVER_CORE, busy_seconds, cpu_seconds, resident_bytes
from .site.servers import MeasuredServer

IDLE_BASELINE = 20  # sockets before memory is measured first

Result = dict[str, "float | Result"]


class Run:
    """A server in its environment. Every public method starts the server once and returns results."""

    def __init__(self, server: MeasuredServer, environment: BenchEnvironment, seconds: float) -> None:
        self.server = server
        self.environment = environment
        self.seconds = seconds
        self.numbers = itertools.count(1)

    @contextlib.contextmanager
    def _started(self) -> Iterator[tuple[ClientPool, int]]:
        process, port, url = self.server.start(self.environment)
        pool = ClientPool(port, self.server.protocol())
        self.numbers = itertools.count(1)
        try:
            yield pool, process.pid
            if url:
                self._check_stored(url)
        finally:
            pool.close()
            process.stop()

    def _check_stored(self, url: str) -> None:
        stored, sent = self.environment.stored(url), next(self.numbers) - 1
        if stored != sent:
            raise AssertionError(f"{sent} messages were sent and {stored} are stored")

    def _seats(self, count: int, rooms: int) -> list[Seat]:
        fixtures = self.environment.fixtures.get(self.server.database)
        cookies = fixtures["cookies"] if fixtures else [""] * count
        room_ids: Sequence[int] = fixtures["rooms"] if fixtures else range(1, rooms + 1)
        cycle = itertools.cycle(room_ids[:rooms])
        return [Seat(next(cycle), cookie) for cookie in cookies[:count]]

    def deliver(self, sockets: int, in_flights: Sequence[int], rooms: int = 1) -> Result:
        """Delivery to so many sockets, for each number of messages in flight."""
        place = f"{sockets}" if rooms == 1 else f"{sockets} in {rooms} rooms"
        with self._started() as (pool, pid):
            seconds = pool.connect(self._seats(sockets, rooms))
            pool.wait_until_quiet()
            results: Result = {f"{place} / {n}": self._measure(Load(pool, self.numbers, n), pid) for n in in_flights}
        return results | {f"connections/s {place}": sockets / seconds}

    def store(self, writers: int) -> Result:
        """Storing: so many sockets in one room, each with one message in flight until it is acknowledged."""
        with self._started() as (pool, pid):
            pool.connect(self._seats(writers, 1))
            pool.wait_until_quiet()
            results = self._measure(Load(pool, self.numbers, writers, acks=True), pid)
            return {"stored/s": results["stored/s"], "stored": results}

    def idle(self, sockets: int) -> Result:
        """Bytes of memory for each idle socket."""
        with self._started() as (pool, pid):
            seats = self._seats(sockets + IDLE_BASELINE, 1)
            pool.connect(seats[:IDLE_BASELINE])
            pool.wait_until_quiet()
            before = resident_bytes(pid)
            seconds = pool.connect(seats[IDLE_BASELINE:])
            pool.wait_until_quiet()
            return {"idle bytes": (resident_bytes(pid) - before) / sockets, "connections/s idle": sockets / seconds}

    def _measure(self, load: Load, pid: int) -> Result:
        def sample() -> dict[str, float]:
            services, core = self.environment.cpu_seconds(), busy_seconds(SERVER_CORE)
            return {"server": cpu_seconds(pid), "services": services, "core": core}

        first, last, seconds = load.run(self.seconds, sample)
        spent = {key: last[key] - first[key] for key in first}
        return {
            "deliveries/s": spent["delivered"] / seconds,
            "deliveries/CPU-s": spent["delivered"] / max(spent["server"], 0.01),
            "stored/s": spent["stored"] / seconds,
            "p50 ms": 1000 * statistics.median(load.latencies),
            "p99 ms": 1000 * percentile(load.latencies, 99),
            "server CPU": spent["server"] / seconds,
            "services CPU": spent["services"] / seconds,
            "client CPU": spent["client"] / seconds,
            "others CPU": max(0, spent["core"] - spent["server"] - spent["services"]) / seconds,
        }


def percentile(values: Sequence[float], share: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)]
