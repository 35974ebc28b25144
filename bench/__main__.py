"""`python -m bench`: this server and its peers, one after another, under the same loads; figures and ratios."""

import argparse
import gc
import json
import os
import signal
import sys
import time
from pathlib import Path

from .contestants import everyone
from .crowd import Lost
from .ground import Ground
from .processes import CLIENT_CORE, SERVER_CORE
from .results import medians, tables
from .trial import Trial
from .versions import versions

RESULTS = Path(__file__).parent.parent / "tests" / "output"
WRITERS, IDLE = 64, 5000


def main():
    wanted = arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a plain SIGTERM would leave the servers behind
    os.sched_setaffinity(0, {CLIENT_CORE})
    gc.disable()  # a pause of the client would count as the server's
    rounds, faults = [], []
    with Ground(wanted.services_core) as ground:
        for number in range(wanted.rounds):
            say(f"Round {number + 1} of {wanted.rounds}")
            rounds.append(one_round(wanted, ground, faults))
            wanted.idle = 0  # memory does not vary with what else runs on the machine: once is enough
    report(wanted, rounds, faults)
    sys.exit(1 if faults else 0)


def arguments():
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = [contestant.name for contestant in everyone()]
    parser.add_argument("--quick", action="store_true", help="one round, fewer loads, shorter: a look, not a result")
    parser.add_argument("--rounds", type=int, help="how often everything is measured; medians are shown (3)")
    parser.add_argument("--seconds", type=float, help="how long each load is measured, after a second unmeasured (4)")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--services-core", type=int, default=SERVER_CORE, help="where PostgreSQL and Redis run (0)")
    parser.add_argument("--idle", type=int, help=f"how many idle sockets to weigh; 0: none ({IDLE}, quick: 0)")
    wanted = parser.parse_args()
    wanted.rounds = wanted.rounds or (1 if wanted.quick else 3)
    wanted.seconds = wanted.seconds or (1.5 if wanted.quick else 4)
    if wanted.idle is None:
        wanted.idle = 0 if wanted.quick else IDLE
    return wanted


def one_round(wanted, ground, faults):
    figures = {}
    for contestant in everyone():
        if contestant.name in wanted.only:
            trial = Trial(contestant, ground, wanted.seconds)
            figures[contestant.name] = {}
            for step in steps(wanted, contestant, trial):
                try:
                    figures[contestant.name] |= step()
                except (Lost, KeyError, AssertionError, RuntimeError, OSError) as fault:
                    faults.append(f"{contestant.name}: {fault!r}")
                    say(f"  FAILED: {faults[-1]}")
            say(f"  {contestant.name}: {summary(figures[contestant.name])}")
    return figures


def steps(wanted, contestant, trial):
    """What is measured of one contestant, each with a server started anew."""
    in_flights = (1, 64) if wanted.quick else (1, 8, 64)
    yield lambda: trial.talk(100, in_flights)
    yield lambda: trial.talk(1000, in_flights)
    if not wanted.quick:
        yield lambda: trial.talk(1000, (64,), rooms=100)
    if contestant.database:
        yield lambda: trial.write(WRITERS)
        yield lambda: {"bare commit ms": 1000 * trial.ground.bare_commit(contestant.database)}
    if wanted.idle:
        yield lambda: trial.idle(wanted.idle)


def summary(figures):
    loads = {load: found for load, found in figures.items() if " / " in load}
    return ", ".join(f"{load}: {found['deliveries/s']:,.0f}" for load, found in loads.items()) + " deliveries/s"


def report(wanted, rounds, faults):
    print(tables(rounds))
    RESULTS.mkdir(parents=True, exist_ok=True)
    now = time.strftime("%Y-%m-%d-%H%M")
    core = f"server on core {SERVER_CORE}, PostgreSQL and Redis on {wanted.services_core}, client on {CLIENT_CORE}"
    held = {"at": now, "quick": wanted.quick, "seconds": wanted.seconds, "cores": core, "versions": versions()}
    held |= {"medians": medians(rounds), "rounds": rounds, "faults": faults}
    path = RESULTS / f"bench-{now}.json"
    path.write_text(json.dumps(held, indent=1))
    print(f"\n{core}; all figures: {path}")
    for fault in faults:
        print(f"FAILED {fault}")


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
