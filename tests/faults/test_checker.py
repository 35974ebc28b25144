"""The checker sees what it is for, in histories made up by hand; `test_broken_builds.py` tries it on real ones."""

import uuid

import pytest

from .checker import check
from .history import History, Log, Row, digest, heard

pytestmark = pytest.mark.once("embedded")

ROOM = 7
SAID = [("uno", str(uuid.uuid4())), ("dos", str(uuid.uuid4())), ("tres", str(uuid.uuid4()))]


def sound_log():
    rows = [Row(ROOM, n, n, 1, client_id, digest(text), False) for n, (text, client_id) in enumerate(SAID, 1)]
    return Log({ROOM: ("e", 3, 3)}, rows)


def events(since, version, seqs, **fields):
    said = [{"seq": seq, "version": seq, "id": SAID[seq - 1][1], "text": SAID[seq - 1][0]} for seq in seqs]
    frame = {"room": ROOM, "epoch": "e", "since": since, "version": version, "messages": said}
    return ("heard", heard(frame | fields))


def sound_history():
    """ana said three things; bruno, who stood in the room, heard one at once and two after a break."""
    history = History()
    for seq, (text, client_id) in enumerate(SAID, 1):
        attempt = history.send("ana", 1, {"type": "say", "room": ROOM, "id": client_id, "text": text})
        attempt.ended_at, attempt.answer = attempt.sent_at + 0.1, {"type": "ack", "seq": seq}
    arrived = [("opened", None), ("stands", ROOM), events(0, 1, [1], reset=True)]
    history.stream("bruno").entries += [*arrived, ("closed", 1006), *arrived[:2], events(1, 3, [2, 3])]
    return history


def wrongs(history=None, log=None):
    return "\n".join(check(history or sound_history(), log or sound_log()))


def with_rows(*rows, head=("e", 3, 3)):
    return Log({ROOM: head}, list(rows))


def with_last(*entries):
    history = sound_history()
    history.streams[0].entries[-1:] = entries
    return history


def test_a_sound_history_has_nothing_wrong():
    assert not wrongs()


def test_an_acknowledged_message_that_is_not_stored_is_seen():
    found = wrongs(log=with_rows(*sound_log().rows[:2], head=("e", 2, 2)))
    assert "was acknowledged as 3 and is not stored" in found


def test_a_message_stored_twice_is_seen():
    first = sound_log().rows[0]
    again = Row(ROOM, 4, 4, 1, first.client_id, first.digest, False)
    assert "is stored 2 times" in wrongs(log=with_rows(*sound_log().rows, again, head=("e", 4, 4)))


def test_a_hole_in_the_log_is_seen():
    assert "the seqs of room 7 are not 1..3" in wrongs(log=with_rows(sound_log().rows[0], sound_log().rows[2]))


def test_a_version_drawn_twice_is_seen():
    one, two, three = sound_log().rows
    twice = Row(ROOM, 2, 1, 1, two.client_id, two.digest, False)
    assert "the versions of room 7" in wrongs(log=with_rows(one, twice, three))


def test_another_text_than_was_said_is_seen():
    one, two, three = sound_log().rows
    changed = Row(ROOM, 2, 2, 1, two.client_id, digest("otra"), False)
    found = wrongs(log=with_rows(one, changed, three))
    assert "is stored with another text" in found
    assert "heard another text" in found


def test_a_change_that_was_acknowledged_and_is_not_stored_is_seen():
    history = sound_history()
    erasure = history.send("ana", 1, {"type": "erase", "room": ROOM, "id": "e", "seq": 2}, of=SAID[1][1])
    erasure.ended_at, erasure.answer = erasure.sent_at + 0.1, {"type": "ack", "seq": 2}
    assert "is stored with another text" in wrongs(history)


def test_an_answer_that_names_another_place_is_seen():
    history = sound_history()
    history.attempts[0].answer["seq"] = 2
    assert "and was acknowledged as [2]" in wrongs(history)


@pytest.mark.parametrize("ended_after", [None, 31])
def test_an_answer_that_does_not_come_in_time_is_seen(ended_after):
    history = sound_history()
    last = history.attempts[-1]
    last.ended_at = ended_after and last.sent_at + ended_after
    assert "had no answer for" in wrongs(history)


def test_a_message_that_is_only_ever_put_off_is_seen():
    history = sound_history()
    history.attempts[-1].answer = {"type": "error", "code": "busy"}
    assert "was never acknowledged" in wrongs(history)


def test_a_refusal_nobody_deserved_is_seen():
    history = sound_history()
    history.attempts[-1].answer = {"type": "error", "code": "internal"}
    assert "was refused: internal" in wrongs(history)


@pytest.mark.parametrize(
    "entries, wrong",
    [
        ([events(2, 3, [3])], "bruno: skipped from e:1 to e:2..3"),
        ([events(1, 3, [2, 3]), events(2, 3, [3])], "bruno: went back from e:3 to e:2..3"),
        ([events(1, 3, [3])], "bruno: was told to be complete up to 3 without [2]"),
        ([events(1, 3, [3, 2])], "bruno: heard the versions [3, 2] in disorder"),
        ([events(1, 2, [2])], "bruno: ended at ('e', 2), the room at e:3"),
        ([events(0, 3, [1, 2, 3], reset=True)], "bruno: was reset from 1 to 3 though it could go on"),
        ([events(1, 3, [2, 3]), ("closed", 1006)], "bruno: was not connected at the end"),
        ([events(1, 3, [2, 3]), ("closed", 4001)], "bruno: was turned away with 4001"),
        ([("removed", 0.0), events(1, 3, [2, 3]), ("closed", 4001)], "s after it was to hear no more"),
        ([events(1, 3, [2, 3]), ("removed", 0.0)], "bruno: was removed and is still connected"),
        ([("stands", 8), events(1, 3, [2, 3])], "bruno: heard of room 7 while standing in 8"),
    ],
)
def test_a_reader_who_misses_or_repeats_something_is_seen(entries, wrong):
    assert wrong in wrongs(with_last(*entries))
