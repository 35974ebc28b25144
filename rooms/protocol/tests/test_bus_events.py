"""Bus events: names on the wire stay, and an event of another release breaks no other."""

import pytest

from rooms.protocol import bus_events
from tools.protocol_docs import examples

from .validators import BUS_EVENTS

ANA, MESSAGE = examples.OBJECTS["Person"], examples.OBJECTS["Message"]

# As the release before sends them: servers of both run side by side in a rolling upgrade.
ON_THE_WIRE = [
    (
        bus_events.saved(7, "5f0c2d1e", 13, 14, [MESSAGE], [3, 4]),
        {
            "type": "saved",
            "room": 7,
            "epoch": "5f0c2d1e",
            "since": 13,
            "version": 14,
            "messages": [MESSAGE],
            "members": [3, 4],
        },
    ),
    (bus_events.lobby(), {"type": "lobby"}),
    (
        bus_events.listed(3, 7, "Chess", is_hidden=True),
        {"type": "listed", "user": 3, "room": 7, "name": "Chess", "is_hidden": True},
    ),
    (
        bus_events.unread({7: 31}.items(), [(3, 7, 30)]),
        {"type": "unread", "heads": [(7, 31)], "marks": [(3, 7, 30)]},
    ),
    (bus_events.typing(7, ANA), {"type": "typing", "room": 7, "user": ANA}),
    (bus_events.sessions(3), {"type": "sessions", "user": 3}),
    (bus_events.disconnect(3), {"type": "disconnect", "user": 3}),
    (
        bus_events.posted("t", "0011", "0011-x", "proof", "{}"),
        {"type": "posted", "token": "t", "from": "0011", "stream": "0011-x", "proof": "proof", "text": "{}"},
    ),
    (
        bus_events.post_answered("t", "slow_down", 0.5),
        {"type": "post_answered", "token": "t", "code": "slow_down", "retry_after": 0.5},
    ),
    (bus_events.broadcast("hello", "ana"), {"type": "broadcast", "text": "hello", "by": "ana"}),
    (
        bus_events.access_change(3, 7, "slow_mode", {"seconds": 5}),
        {"type": "order", "user": 3, "room": 7, "notice": "slow_mode", "data": {"seconds": 5}},
    ),
    (bus_events.account_deleted(3), {"type": "departed", "user": 3}),
    (bus_events.proof("t"), {"type": "proof", "token": "t"}),
]


@pytest.mark.parametrize(("event", "sent"), ON_THE_WIRE, ids=[sent["type"] for _event, sent in ON_THE_WIRE])
def test_events_keep_their_names_on_the_wire(event, sent):
    assert event == sent
    assert bus_events.decode(sent) == event
    BUS_EVENTS.validate_python(event)


def test_every_event_is_known():
    assert bus_events.REQUIRED_FIELDS.keys() == {sent["type"] for _event, sent in ON_THE_WIRE}


@pytest.mark.parametrize(
    "item",
    [
        7,
        None,
        "lobby",
        ["lobby"],
        {},
        {"type": None},
        {"type": ["lobby"]},
        {"type": "of another release"},
        {"type": "typing"},
    ],
)
def test_unknown_and_incomplete_events_are_dropped(item):
    sender, events = bus_events.decode_batch(bus_events.batch([item, bus_events.lobby()], "me"))

    assert (sender, events) == ("me", [bus_events.lobby()])


def test_fields_of_a_later_release_are_passed_over():
    assert bus_events.decode({"type": "disconnect", "user": 3, "why": "later"})


@pytest.mark.parametrize("message", [{}, {"type": "peal", "rings": 7}, {"type": "peal", "from": None, "rings": None}])
def test_messages_that_are_no_batch_hold_no_events(message):
    assert bus_events.decode_batch(message)[1] == []


def test_a_batch_keeps_its_names_on_the_wire():
    assert bus_events.batch([bus_events.lobby()], "me") == {"type": "peal", "from": "me", "rings": [{"type": "lobby"}]}
