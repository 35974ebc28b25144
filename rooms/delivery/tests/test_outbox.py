"""The outbox: a fault with one draft leaves no other without its outcome."""

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


def fail(outcome):
    raise RuntimeError("a fault in the callback")


async def drain(outbox):
    async with asyncio.timeout(TIMEOUT_SECONDS):
        await outbox.drain()


async def test_failing_callback_keeps_no_other_from_its_outcome(people, room):
    outcomes, delivered = [], []
    outbox = Outbox(delivered.extend)
    outbox.put(draft(people.ana, room, "one"), fail)
    outbox.put(draft(people.bruno, room, "two"), outcomes.append)
    await let_others_run()
    outbox.put(draft(people.ana, room, "three"), outcomes.append)

    await drain(outbox)

    assert [saved.message.text for saved in outcomes] == ["two", "three"]
    assert [saved.message.text for saved in delivered] == ["one", "two", "three"]


async def test_flushes_of_long_texts_are_small(people, room, settings):
    flushes, length = [], settings.CHAT_MESSAGE_CHARACTERS
    outbox = Outbox(lambda fresh: flushes.append(len(fresh)))
    for person in (people.ana, people.bruno):
        for _ in range(FLUSH_DRAFTS_OF_AUTHOR):
            outbox.put(draft(person, room, "x" * length), lambda outcome: None)

    await drain(outbox)

    assert sum(flushes) == 2 * FLUSH_DRAFTS_OF_AUTHOR
    assert max(flushes) <= FLUSH_CHARACTERS / length + 1


async def test_cancelled_post_delays_no_other(people, room):
    outbox = Outbox(lambda fresh: None)
    cancelled = asyncio.ensure_future(outbox.post(draft(people.ana, room, "never mind")))
    await let_others_run()
    cancelled.cancel()

    async with asyncio.timeout(TIMEOUT_SECONDS):
        saved = await outbox.post(draft(people.bruno, room))

    assert saved.message.seq == 2


async def test_failing_delivery_does_not_prevent_the_ack(people, room):
    outcomes = []
    outbox = Outbox(fail)
    more_than_a_flush = FLUSH_DRAFTS_OF_AUTHOR + 1
    for _ in range(more_than_a_flush):
        outbox.put(draft(people.ana, room), outcomes.append)

    await drain(outbox)

    assert [saved.message.seq for saved in outcomes] == list(range(1, more_than_a_flush + 1))


async def test_refused_draft_is_answered_and_the_rest_is_stored(people, room):
    outcomes = []
    outbox = Outbox(lambda fresh: None)
    for one in (draft(people.ana, room), draft(people.ana, room, client_id="no UUID"), draft(people.bruno, room)):
        outbox.put(one, outcomes.append)

    await drain(outbox)

    assert sorted(outcome.message.seq for outcome in outcomes if isinstance(outcome, Saved)) == [1, 2]
    assert [outcome.code for outcome in outcomes if isinstance(outcome, ChatError)] == ["internal"]
