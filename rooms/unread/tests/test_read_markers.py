"""Read markers in one process: they only rise, and all processes converge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.protocol.errors import ChatError
from rooms.unread.read_markers import ReadMarkers

pytestmark = pytest.mark.footing("embedded")

ANA, BRUNO, ROOM, OTHER = 1, 2, 10, 11


@pytest.fixture
def markers():
    """Markers of two members of a room with five messages, of which the first member has read two."""
    markers = ReadMarkers()
    markers.begin(ANA, ROOM, read_seq=2, last_seq=5)
    markers.begin(BRUNO, ROOM, read_seq=5, last_seq=5)
    return markers


def test_card_has_head_and_marker(markers):
    assert markers.card(ANA, ROOM) == {"last_seq": 5, "read_seq": 2}
    assert markers.card(ANA, OTHER) == {}


def test_reading_requires_membership(markers):
    with pytest.raises(ChatError) as refused:
        markers.read(ANA, OTHER, 1)
    assert refused.value.code == "not_here"


def test_only_the_furthest_marker_is_written(markers):
    assert markers.read(ANA, ROOM, 3)
    assert markers.read(ANA, ROOM, 5)
    assert not markers.read(ANA, ROOM, 4)
    asked, _authored = markers.take_writes()
    assert [mark.seq for mark in asked.values()] == [5]


def test_failed_writes_are_retried_and_newer_ones_win(markers):
    markers.read(ANA, ROOM, 3)
    asked, authored = markers.take_writes()
    markers.read(ANA, ROOM, 4)
    markers.put_back(asked, authored)
    assert [mark.seq for mark in markers.take_writes()[0].values()] == [4]


def test_consecutive_messages_of_an_author_set_one_marker(markers):
    for seq in (6, 7, 8):
        markers.authored(ANA, ROOM, seq)
    [mark] = markers.take_writes()[1].values()
    assert (mark.since, mark.seq) == (5, 8)


def test_head_goes_to_all_readers_of_the_room_and_elsewhere(markers):
    markers.new_head(ROOM, 6)
    assert markers.take_remote().heads == {ROOM: 6}
    assert markers.take_local() == {ANA: [(ROOM, 6, None)], BRUNO: [(ROOM, 6, None)]}
    assert not markers.take_local()


def test_user_who_left_the_room_gets_no_updates(markers):
    markers.unfollow(ANA, ROOM)
    markers.new_head(ROOM, 6)
    assert list(markers.take_local()) == [BRUNO]


def test_room_left_during_a_poll_does_not_come_back_by_it(markers):
    known = markers.begin_poll()
    markers.unfollow(ANA, ROOM)
    markers.end_poll(known, {ROOM: 5}, [(ANA, ROOM, 4, True)])
    assert markers.card(ANA, ROOM) == {}


def test_room_without_a_head_is_closed(markers):
    known = markers.begin_poll()
    markers.end_poll(known, {}, [])
    assert markers.card(ANA, ROOM) == markers.card(BRUNO, ROOM) == {}


risen = st.lists(st.tuples(st.sampled_from([ANA, BRUNO]), st.sampled_from([ROOM, OTHER]), st.integers(0, 30)))


@given(risen, risen)
def test_processes_agree_whatever_the_order_of_events(first, second):
    one, other = ReadMarkers(), ReadMarkers()
    for markers in (one, other):
        for user in (ANA, BRUNO):
            markers.begin(user, ROOM, 0, 30)
            markers.begin(user, OTHER, 0, 30)
    one.merge([], [*first, *second])
    other.merge([], [*second, *first])
    for user in (ANA, BRUNO):
        assert one.card(user, ROOM) == other.card(user, ROOM)
        assert one.card(user, OTHER) == other.card(user, OTHER)


@given(risen)
def test_markers_never_fall(changes):
    markers = ReadMarkers()
    markers.begin(ANA, ROOM, 10, 30)
    before = 10
    for user, room, seq in changes:
        markers.merge([], [(user, room, seq)])
        now = markers.card(ANA, ROOM)["read_seq"]
        assert now >= before
        before = now
