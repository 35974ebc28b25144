"""Metrics of this process: plain counters on the hot path, formatted by prometheus_client.

Each metric is a collector of prometheus_client, which checks names and labels and writes the text format. Only the
counting is ours, because every message passes it: a dictionary entry or a bisection, without a lock. Processor time of
the calls in `python -m bench.metrics_cost`, beside those of prometheus_client 0.26 and of its multi-process mode:

    a counter                        0.13 µs     0.5 µs     1.3 µs
    a histogram                      0.25 µs     1.1 µs     2.7 µs
    a transaction of one message      0.8 µs     4.4 µs     8.7 µs, of about 900 µs that the message costs in all
    a transaction of 64 messages       11 µs     112 µs     176 µs

Metrics are updated on the event loop's thread only.
"""

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from prometheus_client import generate_latest
from prometheus_client.metrics_core import Metric as MetricFamily
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

PREFIX = "tertulia_"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

metrics: "dict[str, Metric]" = {}  # of this process, by name


class Metric(ABC, Collector):
    """A registered metric: `name` without the prefix, `documentation`, and the name of its label if it has one."""

    kind = ""

    def __init__(self, name: str, documentation: str, label: str | None = None) -> None:
        self.name = PREFIX + name
        self.documentation = documentation
        self.label = label
        if self.name in metrics:
            raise ValueError(f"There is a metric {self.name} already")
        metrics[self.name] = self

    def collect(self) -> Iterable[MetricFamily]:
        """Return the family with its samples."""
        # The library appends `_total` to a counter's name.
        family = MetricFamily(self.name.removesuffix("_total"), self.documentation, self.kind)
        for suffix, labels, value in self.samples():
            family.add_sample(self.name + suffix, labels, value)
        return [family]

    @abstractmethod
    def samples(self) -> Iterable[tuple[str, dict[str, str], float]]:
        """Return `(suffix of the name, labels, value)` of each sample."""

    def _labels(self, value: object) -> dict[str, str]:
        return {self.label: str(value)} if self.label else {}


class Counter(Metric):
    """A number that only rises, or one for each value of the label."""

    kind = "counter"

    def __init__(self, name: str, documentation: str, label: str | None = None) -> None:
        super().__init__(name, documentation, label)
        self.counts: defaultdict[Any, int] = defaultdict(int)
        if not label:
            self.counts[""] = 0

    def add(self, label_value: object = "", number: int = 1) -> None:
        """Count `number` more."""
        self.counts[label_value] += number

    def samples(self) -> Iterable[tuple[str, dict[str, str], float]]:
        """Return one sample for each value of the label."""
        return [("", self._labels(value), number) for value, number in sorted(self.counts.items())]


class Gauge(Metric):
    """A number that rises and falls, read when metrics are collected.

    `read()` returns it, or a mapping from the label's values to numbers. `kind` may be "counter" where something else
    does the counting.
    """

    def __init__(
        self,
        name: str,
        documentation: str,
        read: Callable[[], float | Mapping[str, float]],
        label: str | None = None,
        kind: str = "gauge",
    ) -> None:
        self.kind = kind
        super().__init__(name, documentation, label)
        self._read = read

    def samples(self) -> Iterable[tuple[str, dict[str, str], float]]:
        """Return one sample for each value of the label."""
        read = self._read()
        numbers = read if isinstance(read, Mapping) else {"": read}
        return [("", self._labels(value), number) for value, number in numbers.items()]


class Histogram(Metric):
    """A distribution: how many observations were at most each bound, their sum and count."""

    kind = "histogram"

    def __init__(self, name: str, documentation: str, bounds: tuple[float, ...] = SECONDS_BUCKETS) -> None:
        super().__init__(name, documentation)
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """Count one observation."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def samples(self) -> Iterable[tuple[str, dict[str, str], float]]:
        """Return the cumulative buckets, the sum and the count."""
        cumulative = 0
        for bound, count in zip([*self.bounds, "+Inf"], self.counts, strict=True):
            cumulative += count
            yield "_bucket", {"le": str(bound)}, cumulative
        yield "_sum", {}, self.sum
        yield "_count", {}, cumulative


# --- Metrics of several workers


Families = list[dict[str, Any]]  # as JSON carries them between workers


def families() -> Families:
    """Return this process's metrics, as `family_to_dict` has each; for the event loop's thread."""
    return [family_to_dict(family) for metric in metrics.values() for family in metric.collect()]


def family_to_dict(family: MetricFamily) -> dict[str, Any]:
    """Return `{name, documentation, kind, samples: [[name, labels, value], …]}`."""
    return {
        "name": family.name,
        "documentation": family.documentation,
        "kind": family.type,
        "samples": [[sample.name, sample.labels, sample.value] for sample in family.samples],
    }


class WorkerCollector(Collector):
    """The metrics of several workers, each sample with a label `worker`: every process counts by itself."""

    def __init__(self, families_by_worker: Mapping[str, Families]) -> None:
        self._families = families_by_worker

    def collect(self) -> Iterable[MetricFamily]:
        """Return the families, each once, with the samples of all workers."""
        merged: dict[tuple[str, str], MetricFamily] = {}  # a counter and a gauge may share a name, `_total` apart
        for worker, found in sorted(self._families.items()):
            for family in found:
                key = family["name"], family["kind"]
                if key not in merged:
                    merged[key] = MetricFamily(family["name"], family["documentation"], family["kind"])
                merged[key].samples += [
                    Sample(name, {**labels, "worker": worker}, value) for name, labels, value in family["samples"]
                ]
        return merged.values()


def exposition(families_by_worker: Mapping[str, Families]) -> bytes:
    """Return the workers' metrics in Prometheus' text format (version 0.0.4)."""
    return generate_latest(WorkerCollector(families_by_worker))
