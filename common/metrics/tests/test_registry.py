"""Counters, gauges and histograms as prometheus_client collects and formats them."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from common.metrics import registry

pytestmark = pytest.mark.footing("embedded")


@pytest.fixture
def metric():
    """A function that makes a metric, which is unregistered at the end."""
    made = []

    def make(kind, *args, **options):
        made.append(kind(*args, **options))
        return made[-1]

    yield make
    for one in made:
        del registry.metrics[one.name]


def samples(metric, workers=("1",)):
    """Return `{(name, *sorted labels): value}` of one metric's exposition."""
    families = [registry.family_to_dict(family) for family in metric.collect()]
    text = registry.exposition(dict.fromkeys(workers, families)).decode()
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_counter_starts_at_zero_and_counts(metric):
    counter = metric(registry.Counter, "things_total", "Things.")
    assert samples(counter) == {("tertulia_things_total", ("worker", "1")): 0}
    counter.add()
    counter.add(number=2)
    assert samples(counter) == {("tertulia_things_total", ("worker", "1")): 3}


def test_counter_with_label_has_one_sample_a_value(metric):
    counter = metric(registry.Counter, "things_total", "Things.", "kind")
    counter.add("new")
    counter.add('odd "\\\n')
    assert samples(counter) == {
        ("tertulia_things_total", ("kind", "new"), ("worker", "1")): 1,
        ("tertulia_things_total", ("kind", 'odd "\\\n'), ("worker", "1")): 1,
    }


def test_gauge_is_read_when_collected(metric):
    numbers = {"open": 1}
    gauge = metric(registry.Gauge, "doors", "Doors.", lambda: numbers, "state")
    numbers["open"] = 7
    assert samples(gauge) == {("tertulia_doors", ("state", "open"), ("worker", "1")): 7}


def test_histogram_is_cumulative(metric):
    histogram = metric(registry.Histogram, "sizes", "Sizes.", (1, 2.5))
    for value in (1, 2, 99):
        histogram.observe(value)
    assert samples(histogram) == {
        ("tertulia_sizes_bucket", ("le", "1"), ("worker", "1")): 1,
        ("tertulia_sizes_bucket", ("le", "2.5"), ("worker", "1")): 2,
        ("tertulia_sizes_bucket", ("le", "+Inf"), ("worker", "1")): 3,
        ("tertulia_sizes_sum", ("worker", "1")): 102,
        ("tertulia_sizes_count", ("worker", "1")): 3,
    }


def test_workers_are_told_apart_by_label(metric):
    counter = metric(registry.Counter, "things_total", "Things.")
    assert samples(counter, ("1", "2")) == {
        ("tertulia_things_total", ("worker", "1")): 0,
        ("tertulia_things_total", ("worker", "2")): 0,
    }


def test_name_can_be_registered_once(metric):
    metric(registry.Counter, "things_total", "Things.")
    with pytest.raises(ValueError, match="things"):
        registry.Counter("things_total", "Things.")
