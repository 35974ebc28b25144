"""`python -m bench`: measures this server and its peers, one after another, under equal loads."""

import argparse
import gc
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from .clients.client_pool import DeliveryError
from .results import medians, tables
from .run import Result, Run
from .site.environment import BenchEnvironment
from .site.processes import CLIENT_CORE, SERVER_CORE
from .site.servers import MeasuredServer, all_servers
from .versions import versions

OUTPUT = Path(__file__).parent.parent / "tests" / "output"
WRITERS, IDLE_SOCKETS = 64, 5000
FAILURES = (DeliveryError, KeyError, AssertionError, RuntimeError, OSError)


def main() -> None:
    options = parse_arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a plain SIGTERM would leave the servers running
    os.sched_setaffinity(0, {CLIENT_CORE})
    gc.disable()  # a pause of the client would count as the server's
    rounds: list[Result] = []
    failures: list[str] = []
    with BenchEnvironment(options.services_core) as environment:
        for number in range(options.rounds):
            log(f"Round {number + 1} of {options.rounds}")
            rounds.append(measure_round(options, environment, failures))
            options.idle = 0  # memory does not depend on what else runs on the machine: once is enough
    report(options, rounds, failures)
    sys.exit(1 if failures else 0)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = [server.name for server in all_servers()]
    parser.add_argument("--quick", action="store_true", help="one round, fewer loads, shorter: a look, not a result")
    parser.add_argument("--rounds", type=int, help="how often everything is measured; medians are shown (3)")
    parser.add_argument("--seconds", type=float, help="how long each load is measured, after a second unmeasured (4)")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--services-core", type=int, default=SERVER_CORE, help="where PostgreSQL and Redis run (0)")
    parser.add_argument("--idle", type=int, help=f"how many idle sockets to weigh; 0: none ({IDLE_SOCKETS}, quick: 0)")
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 3)
    options.seconds = options.seconds or (1.5 if options.quick else 4)
    if options.idle is None:
        options.idle = 0 if options.quick else IDLE_SOCKETS
    return options


def measure_round(options: argparse.Namespace, environment: BenchEnvironment, failures: list[str]) -> Result:
    """The results of all chosen servers, by name; adds to `failures`."""
    results: Result = {}
    for server in all_servers():
        if server.name in options.only:
            own: Result = {}
            for load in loads(options, server, Run(server, environment, options.seconds)):
                try:
                    own |= load()
                except FAILURES as failure:
                    failures.append(f"{server.name}: {failure!r}")
                    log(f"  FAILED: {failures[-1]}")
            results[server.name] = own
            log(f"  {server.name}: {summary(own)}")
    return results


def loads(options: argparse.Namespace, server: MeasuredServer, run: Run) -> Iterator[Callable[[], Result]]:
    """The loads of one server, each of which restarts it."""
    in_flights = (1, 64) if options.quick else (1, 8, 64)
    yield lambda: run.deliver(100, in_flights)
    yield lambda: run.deliver(1000, in_flights)
    if not options.quick:
        yield lambda: run.deliver(1000, (64,), rooms=100)
    if server.database:
        yield lambda: run.store(WRITERS)
        yield lambda: {"bare commit ms": 1000 * run.environment.bare_commit(server.database)}
    if options.idle:
        yield lambda: run.idle(options.idle)


def summary(results: Result) -> str:
    found = {load: values for load, values in results.items() if " / " in load and isinstance(values, dict)}
    return ", ".join(f"{load}: {values['deliveries/s']:,.0f}" for load, values in found.items()) + " deliveries/s"


def report(options: argparse.Namespace, rounds: list[Result], failures: list[str]) -> None:
    """Print the tables, and write all results into `tests/output`."""
    print(tables(rounds))
    OUTPUT.mkdir(parents=True, exist_ok=True)
    now = time.strftime("%Y-%m-%d-%H%M")
    cores = f"server on core {SERVER_CORE}, PostgreSQL and Redis on {options.services_core}, client on {CLIENT_CORE}"
    output = {"at": now, "quick": options.quick, "seconds": options.seconds, "cores": cores, "versions": versions()}
    output |= {"medians": medians(rounds), "rounds": rounds, "faults": failures}
    path = OUTPUT / f"bench-{now}.json"
    path.write_text(json.dumps(output, indent=1))
    print(f"\n{cores}; all figures: {path}")
    for failure in failures:
        print(f"FAILED {failure}")


def log(text: str) -> None:
    """Write a line of progress, with the time, to standard error."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
