"""Figures of several rounds: medians, ratios to one peer within each round, and the tables that show them."""

import statistics

# What every ratio is held against.
YARDSTICK = "socketio"


def medians(rounds):
    """The same nested figures, each the median of all rounds that have it."""
    first = rounds[0]
    if not isinstance(first, dict):
        return statistics.median(rounds)
    keys = dict.fromkeys(key for one in rounds for key in one)
    return {key: medians([one[key] for one in rounds if key in one]) for key in keys}


def ratios(rounds, name, load, figure):
    """How many times the yardstick's figure, the median over the rounds: noise of the machine hits both."""
    found = []
    for one in rounds:
        mine, theirs = (one.get(who, {}).get(load, {}).get(figure) for who in (name, YARDSTICK))
        if mine and theirs:
            found.append(mine / theirs)
    return statistics.median(found) if found else None


def tables(rounds):
    """Everything measured, as lines of Markdown."""
    middle = medians(rounds)
    loads = list(dict.fromkeys(load for one in middle.values() for load in one if " / " in load))
    lines = [f"Columns: sockets / messages in flight. In brackets: times {YARDSTICK}."]
    for title, figure, show in FIGURES:
        lines += ["", f"**{title}**", "", *_table(rounds, middle, loads, figure, show)]
    return "\n".join([*lines, "", *_rest(middle)])


def _table(rounds, middle, loads, figure, show):
    yield f"| | {' | '.join(loads)} |"
    yield "|---|" + "---:|" * len(loads)
    for name, figures in middle.items():
        cells = [_cell(rounds, name, load, figure, show, figures) for load in loads]
        if any(cells):
            yield f"| {name} | {' | '.join(cells)} |"


def _cell(rounds, name, load, figure, show, figures):
    value = figures.get(load, {}).get(figure)
    if value is None:
        return ""
    ratio = ratios(rounds, name, load, figure) if show in COMPARED and name != YARDSTICK else None
    return show(value) + (f" ({ratio:.2g}×)" if ratio else "")


def _rest(middle):
    yield "| | stored/s, 64 writers | connections/s, 100 | connections/s, 1000 | idle socket, bytes | bare commit, ms |"
    yield "|---|" + "---:|" * 5
    for name, figures in middle.items():
        values = [figures.get(key) for key in ("stored/s", "connections/s 100", "connections/s 1000", "idle bytes")]
        cells = [f"{value:,.0f}" if value else "" for value in values]
        commit = figures.get("bare commit ms")
        yield f"| {name} | {' | '.join(cells)} | {(commit and f'{commit:.2f}') or ''} |"


def whole(value):
    return f"{value:,.0f}"


def tenths(value):
    return f"{value:,.1f}"


def percent(value):
    return f"{value:.0%}"


COMPARED = (whole, tenths)
FIGURES = [
    ("Deliveries a second", "deliveries/s", whole),
    ("Deliveries for each CPU-second of the server process", "deliveries/CPU-s", whole),
    ("Median from send to the last receipt, ms", "p50 ms", tenths),
    ("99th percentile from send to the last receipt, ms", "p99 ms", tenths),
    ("Share of its core the server used", "server CPU", percent),
    ("Share of the server's core that PostgreSQL and Redis used", "services CPU", percent),
    ("Share of its core the load client used", "client CPU", percent),
    ("Share of the server's core that was taken by others: noise", "others CPU", percent),
]
