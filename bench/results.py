"""Results of several rounds: medians, ratios to one peer within each round, and tables of them."""

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

BASELINE = "socketio"  # the server that all ratios refer to

# Nested results: a figure by load by server, or any part of that.
Results = Mapping[str, Any]
Format = Callable[[float], str]


def medians(rounds: Sequence[Any]) -> Any:
    """Results of equal structure, each figure the median of all rounds that have it."""
    first = rounds[0]
    if not isinstance(first, dict):
        return statistics.median(rounds)
    keys = dict.fromkeys(key for one in rounds for key in one)
    return {key: medians([one[key] for one in rounds if key in one]) for key in keys}


def ratio_to_baseline(rounds: Sequence[Results], name: str, load: str, figure: str) -> float | None:
    """The median of the ratios within each round, where the machine's noise is the same for both."""
    found = []
    for one in rounds:
        own, baseline = (one.get(who, {}).get(load, {}).get(figure) for who in (name, BASELINE))
        if own and baseline:
            found.append(own / baseline)
    return statistics.median(found) if found else None


def tables(rounds: Sequence[Results]) -> str:
    """All results as Markdown."""
    middle = medians(rounds)
    loads = list(dict.fromkeys(load for one in middle.values() for load in one if " / " in load))
    lines = [f"Columns: sockets / messages in flight. In brackets: times {BASELINE}."]
    for title, figure, show in FIGURES:
        lines += ["", f"**{title}**", "", *_table(rounds, middle, loads, figure, show)]
    return "\n".join([*lines, "", *_rest(middle)])


def _table(
    rounds: Sequence[Results], middle: Results, loads: Sequence[str], figure: str, show: Format
) -> Iterator[str]:
    yield f"| | {' | '.join(loads)} |"
    yield "|---|" + "---:|" * len(loads)
    for name, figures in middle.items():
        cells = [_cell(rounds, name, load, figure, show, figures) for load in loads]
        if any(cells):
            yield f"| {name} | {' | '.join(cells)} |"


def _cell(rounds: Sequence[Results], name: str, load: str, figure: str, show: Format, figures: Results) -> str:
    value = figures.get(load, {}).get(figure)
    if value is None:
        return ""
    ratio = ratio_to_baseline(rounds, name, load, figure) if show in COMPARED and name != BASELINE else None
    return show(value) + (f" ({ratio:.2g}×)" if ratio else "")


def _rest(middle: Results) -> Iterator[str]:
    yield "| | stored/s, 64 writers | connections/s, 100 | connections/s, 1000 | idle socket, bytes | bare commit, ms |"
    yield "|---|" + "---:|" * 5
    for name, figures in middle.items():
        values = [figures.get(key) for key in ("stored/s", "connections/s 100", "connections/s 1000", "idle bytes")]
        cells = [f"{value:,.0f}" if value else "" for value in values]
        commit = figures.get("bare commit ms")
        yield f"| {name} | {' | '.join(cells)} | {f'{commit:.2f}' if commit else ''} |"


def whole(value: float) -> str:
    return f"{value:,.0f}"


def tenths(value: float) -> str:
    return f"{value:,.1f}"


def percent(value: float) -> str:
    return f"{value:.0%}"


COMPARED = (whole, tenths)
FIGURES: list[tuple[str, str, Format]] = [
    ("Deliveries a second", "deliveries/s", whole),
    ("Deliveries for each CPU-second of the server process", "deliveries/CPU-s", whole),
    ("Median from send to the last receipt, ms", "p50 ms", tenths),
    ("99th percentile from send to the last receipt, ms", "p99 ms", tenths),
    ("Share of its core the server used", "server CPU", percent),
    ("Share of the server's core that PostgreSQL and Redis used", "services CPU", percent),
    ("Share of its core the load client used", "client CPU", percent),
    ("Share of the server's core that was taken by others: noise", "others CPU", percent),
]
