"""One server under every load: started anew for each crowd, so that no crowd leaves anything for the next."""

import contextlib
import itertools
import statistics

from .crowd import Crowd
from .dialects import Guest
from .load import Load
from .processes import SERVER_CORE, busy_seconds, cpu_seconds, resident_bytes

IDLE_BEFORE = 20


class Trial:
    """A contestant on its ground; every method is one start of the server and gives figures."""

    def __init__(self, contestant, ground, seconds):
        self.contestant = contestant
        self.ground = ground
        self.seconds = seconds

    @contextlib.contextmanager
    def _server(self):
        process, port, url = self.contestant.start(self.ground)
        crowd = Crowd(port, self.contestant.dialect())
        self.numbers = itertools.count(1)
        try:
            yield crowd, process.pid
            if url:
                self._all_is_stored(url)
        finally:
            crowd.close()
            process.stop()

    def _all_is_stored(self, url):
        stored, said = self.ground.stored(url), next(self.numbers) - 1
        if stored != said:
            raise AssertionError(f"{said} messages were said and {stored} are stored")

    def _guests(self, count, rooms):
        people = self.ground.people.get(
            self.contestant.database, {"cookies": [""] * count, "rooms": range(1, rooms + 1)}
        )
        places = itertools.cycle(people["rooms"][:rooms])
        return [Guest(next(places), cookie) for cookie in people["cookies"][:count]]

    def talk(self, sockets, in_flights, rooms=1):
        """Figures of a crowd, by sockets and how many messages are in flight."""
        place = f"{sockets}" if rooms == 1 else f"{sockets} in {rooms} rooms"
        with self._server() as (crowd, pid):
            seconds = crowd.connect(self._guests(sockets, rooms))
            crowd.quieten()
            figures = {f"{place} / {n}": self._measure(Load(crowd, self.numbers, n), pid) for n in in_flights}
        return figures | {f"connections/s {place}": sockets / seconds}

    def write(self, writers):
        """As many writers as sockets in one room, each with one message under way to the log."""
        with self._server() as (crowd, pid):
            crowd.connect(self._guests(writers, 1))
            crowd.quieten()
            figures = self._measure(Load(crowd, self.numbers, writers, acks=True), pid)
            return {"stored/s": figures["stored/s"], "stored": figures}

    def idle(self, sockets):
        """Bytes of memory for each socket that is connected and does nothing."""
        with self._server() as (crowd, pid):
            guests = self._guests(sockets + IDLE_BEFORE, 1)
            crowd.connect(guests[:IDLE_BEFORE])
            crowd.quieten()
            before = resident_bytes(pid)
            seconds = crowd.connect(guests[IDLE_BEFORE:])
            crowd.quieten()
            return {"idle bytes": (resident_bytes(pid) - before) / sockets, "connections/s idle": sockets / seconds}

    def _measure(self, load, pid):
        def sample():
            figures = {"server": cpu_seconds(pid), "services": self.ground.cpu_seconds()}
            return figures | {"core": busy_seconds(SERVER_CORE)}

        first, last, took = load.run(self.seconds, sample)
        spent = {key: last[key] - first[key] for key in first}
        return {
            "deliveries/s": spent["delivered"] / took,
            "deliveries/CPU-s": spent["delivered"] / max(spent["server"], 0.01),
            "stored/s": spent["stored"] / took,
            "p50 ms": 1000 * statistics.median(load.latencies),
            "p99 ms": 1000 * percentile(load.latencies, 99),
            "server CPU": spent["server"] / took,
            "services CPU": spent["services"] / took,
            "client CPU": spent["client"] / took,
            "others CPU": max(0, spent["core"] - spent["server"] - spent["services"]) / took,
        }


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)]
