"""What this process counts, and how it is told to Prometheus (its text format, version 0.0.4).

Counted on the event loop's thread only, so without locks: a dictionary's entry, or a bisection, and no more. The usual
library's counters cost ten times as much, and these stand where every message passes.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable

PREFIX = "tertulia_"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_all = {}


class Metric:
    """`name` without the prefix, as in docs/operating.md; `words` say what it is; `label` tells its parts apart."""

    kind = ""

    def __init__(self, name, words, label=None):
        self.name = PREFIX + name
        self.words = words
        self.label = label
        if self.name in _all:
            raise ValueError(f"{name} is measured twice")
        _all[self.name] = self

    def family(self):
        """As JSON can carry it: `{name, kind, words, samples: [[name, {label: value}, number]]}`."""
        samples = [[self.name + suffix, labels, number] for suffix, labels, number in self.samples()]
        return {"name": self.name, "kind": self.kind, "words": self.words, "samples": samples}

    def samples(self) -> Iterable:
        """`(suffix of the name, labels, number)`."""
        raise NotImplementedError

    def _labels(self, key):
        return {self.label: str(key)} if self.label else {}


class Counter(Metric):
    """Only rises."""

    kind = "counter"

    def __init__(self, name, words, label=None):
        super().__init__(name, words, label)
        self.counts = defaultdict(int) if label else defaultdict(int, {"": 0})

    def add(self, key="", number=1):
        self.counts[key] += number

    def samples(self):
        return [("", self._labels(key), number) for key, number in sorted(self.counts.items())]


class Gauge(Metric):
    """Rises and falls: `ask()` answers with a number, or with a dict of them by the label's values, when it is told."""

    kind = "gauge"

    def __init__(self, name, words, ask, label=None, kind="gauge"):
        super().__init__(name, words, label)
        self.kind = kind
        self._ask = ask

    def samples(self):
        found = self._ask()
        numbers = found if isinstance(found, dict) else {"": found}
        return [("", self._labels(key), number) for key, number in numbers.items()]


class Histogram(Metric):
    """How often what was noted lay below each of some bounds, and the sum of it."""

    kind = "histogram"

    def __init__(self, name, words, bounds=SECONDS):
        super().__init__(name, words)
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def note(self, number):
        self.counts[bisect_left(self.bounds, number)] += 1
        self.sum += number

    def samples(self):
        below = 0
        for bound, count in zip([*self.bounds, "+Inf"], self.counts, strict=True):
            below += count
            yield "_bucket", {"le": str(bound)}, below
        yield "_sum", {}, self.sum
        yield "_count", {}, below


def families():
    """Everything that this process measures."""
    return [measure.family() for measure in _all.values()]


def names():
    return set(_all)


def text(by_worker):
    """`{worker: families}` in Prometheus' text format: each process a series of its own, for each counts by itself."""
    heads, lines = {}, defaultdict(list)
    for worker, found in sorted(by_worker.items()):
        for family in found:
            heads.setdefault(family["name"], (family["words"], family["kind"]))
            lines[family["name"]] += [line(name, labels, worker, number) for name, labels, number in family["samples"]]
    told = []
    for name, (words, kind) in heads.items():
        told += [f"# HELP {name} {words}", f"# TYPE {name} {kind}", *lines[name]]
    return "\n".join(told) + "\n"


def line(name, labels, worker, number):
    pairs = ",".join(f'{key}="{value.translate(ESCAPES)}"' for key, value in {**labels, "worker": worker}.items())
    return f"{name}{{{pairs}}} {number}"
