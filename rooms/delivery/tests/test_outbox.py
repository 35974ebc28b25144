"""The outbox: whatever becomes of one draft, all others get their answers."""

import asyncio
import uuid

from rooms.delivery.outbox import FLUSH_CHARACTERS, FLUSH_DRAFTS_OF_AUTHOR, Outbox
from rooms.log.drafts import Draft
from rooms.log.outcomes import Saved
from rooms.protocol.errors import ChatError
from tests.waiting import let_others_run

TIMEOUT_SECONDS = 10


def draft(person, room, text="hola", client_id=None):
    return Draft(person.id, room.pk, client_id or uuid.uuid4(), text)


def nobody(what):
    raise RuntimeError("whoever is told of this has a fault of their own")


async def drain(outbox):
    async with asyncio.timeout(TIMEOUT_SECONDS):
        await outbox.drain()


async def test_an_answer_that_fails_keeps_no_other_from_being_given(people, room):
    told, delivered = [], []
    outbox = Outbox(delivered.extend)
    outbox.put(draft(people.ana, room, "one"), nobody)
    outbox.put(draft(people.bruno, room, "two"), told.append)
    await let_others_run()
    outbox.put(draft(people.ana, room, "three"), told.append)

    await drain(outbox)

    assert [saved.message.text for saved in told] == ["two", "three"]
    assert [saved.message.text for saved in delivered] == ["one", "two", "three"]


async def test_long_texts_make_small_flushes(people, room, settings):
    flushes, length = [], settings.CHAT_MESSAGE_CHARACTERS
    outbox = Outbox(lambda fresh: flushes.append(len(fresh)))
    for person in (people.ana, people.bruno):
        for _ in range(FLUSH_DRAFTS_OF_AUTHOR):
            outbox.put(draft(person, room, "x" * length), lambda outcome: None)

    await drain(outbox)

    assert sum(flushes) == 2 * FLUSH_DRAFTS_OF_AUTHOR
    assert max(flushes) <= FLUSH_CHARACTERS / length + 1


async def test_whoever_gave_up_waiting_delays_nobody(people, room):
    outbox = Outbox(lambda fresh: None)
    impatient = asyncio.ensure_future(outbox.post(draft(people.ana, room, "never mind")))
    await let_others_run()
    impatient.cancel()

    async with asyncio.timeout(TIMEOUT_SECONDS):
        saved = await outbox.post(draft(people.bruno, room))

    assert saved.message.seq == 2


async def test_what_cannot_be_delivered_at_once_is_acknowledged_all_the_same(people, room):
    told = []
    outbox = Outbox(nobody)
    more_than_a_flush = FLUSH_DRAFTS_OF_AUTHOR + 1
    for _ in range(more_than_a_flush):
        outbox.put(draft(people.ana, room), told.append)

    await drain(outbox)

    assert [saved.message.seq for saved in told] == list(range(1, more_than_a_flush + 1))


async def test_a_draft_that_cannot_be_written_is_answered_and_the_rest_is_stored(people, room):
    told = []
    outbox = Outbox(lambda fresh: None)
    for one in (draft(people.ana, room), draft(people.ana, room, client_id="no UUID"), draft(people.bruno, room)):
        outbox.put(one, told.append)

    await drain(outbox)

    assert sorted(outcome.message.seq for outcome in told if isinstance(outcome, Saved)) == [1, 2]
    assert [outcome.code for outcome in told if isinstance(outcome, ChatError)] == ["internal"]
