"""The sequencer releases spans once and in version order, however they are reordered, repeated or overlapping."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.delivery.sequencer import Sequencer, Span

pytestmark = pytest.mark.footing("embedded")


def span(since, version, epoch="a"):
    """Return a span in which each version changes another message."""
    return Span(epoch, since, version, [{"seq": number, "version": number} for number in range(since + 1, version + 1)])


def versions(spans):
    return [change["version"] for released in spans for change in released.changes]


@st.composite
def deliveries(draw):
    """Draw a log as shuffled spans: of single transactions, some of them merged as by a read of the log."""
    cuts = [0, *sorted(draw(st.sets(st.integers(1, 40), min_size=1, max_size=12)))]
    spans = [span(since, version) for since, version in itertools.pairwise(cuts)]
    starts = draw(st.lists(st.tuples(st.sampled_from(cuts), st.sampled_from(cuts)), max_size=4))
    spans += [span(since, version) for since, version in starts if since < version]
    return cuts[-1], draw(st.permutations(spans + draw(st.lists(st.sampled_from(spans), max_size=4))))


@given(deliveries())
def test_each_version_is_released_once_and_in_order(case):
    last, spans = case
    sequencer, released = Sequencer("a", 0), []
    for one in spans:
        released += sequencer.offer(one)
    assert versions(released) == list(range(1, last + 1))
    assert not sequencer.has_gap


@given(deliveries())
def test_released_spans_continue_each_other(case):
    sequencer, place = Sequencer("a", 0), 0
    for one in case[1]:
        for released in sequencer.offer(one):
            assert released.since == place
            place = released.version
        assert sequencer.version == place


@given(deliveries(), st.data())
def test_lost_span_is_a_gap_until_the_log_is_read(case, data):
    last, spans = case
    lost = data.draw(st.sampled_from(spans))
    sequencer, released = Sequencer("a", 0), []
    for one in spans:
        if (one.since, one.version) != (lost.since, lost.version):
            released += sequencer.offer(one)
    assert sequencer.has_gap <= (sequencer.version < last)
    released += sequencer.offer(span(sequencer.version, last))
    assert versions(released) == list(range(1, last + 1))
    assert not sequencer.has_gap


def test_span_of_another_epoch_waits_for_a_reset():
    sequencer = Sequencer("a", 5)
    assert sequencer.offer(span(5, 6, epoch="b")) == []
    assert sequencer.has_gap
    assert versions(sequencer.reset("b", 5)) == [6]


def test_reset_drops_what_belongs_to_the_old_epoch():
    sequencer = Sequencer("a", 5)
    sequencer.offer(span(7, 8))
    assert sequencer.reset("b", 3) == []
    assert not sequencer.has_gap
    assert (sequencer.epoch, sequencer.version) == ("b", 3)


def test_message_changed_twice_leaves_no_gap():
    sequencer = Sequencer("a", 0)
    twice = Span("a", 0, 2, [{"seq": 1, "version": 2}])
    assert sequencer.offer(twice) == [twice]
    assert versions(sequencer.offer(span(2, 3))) == [3]
