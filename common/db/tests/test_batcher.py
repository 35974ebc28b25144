"""The batcher: whatever one batch meets with, all who ask have their answers, and in time."""

import asyncio
import threading

import pytest

from common.db.batcher import BATCH_SIZE, Batcher
from common.db.threads import DatabaseTimeout
from tests.waiting import let_others_run

pytestmark = pytest.mark.once("embedded")

TIMEOUT_SECONDS = 10


async def test_who_waits_behind_a_silent_database_does_not_wait_for_it_again_and_again():
    asked, silence = [], threading.Event()

    def say_nothing(questions):
        asked.append(len(questions))
        silence.wait(TIMEOUT_SECONDS)
        raise DatabaseTimeout("took too long")

    batcher = Batcher(say_nothing)
    everybody = [asyncio.ensure_future(batcher.submit(number)) for number in range(3 * BATCH_SIZE)]
    while not asked:
        await let_others_run()
    silence.set()

    async with asyncio.timeout(TIMEOUT_SECONDS):
        answers = await asyncio.gather(*everybody, return_exceptions=True)
    assert all(isinstance(answer, DatabaseTimeout) for answer in answers)
    assert len(asked) == 1


async def test_one_bad_question_harms_nobody_else():
    def divide(questions):
        return [error_of(number) or 12 // number for number in questions]

    def error_of(number):
        return None if number else ZeroDivisionError("by nothing")

    batcher = Batcher(divide)
    asked = [asyncio.ensure_future(batcher.submit(number)) for number in (3, 0, 4)]

    answers = await asyncio.gather(*asked, return_exceptions=True)

    assert (answers[0], type(answers[1]), answers[2]) == (4, ZeroDivisionError, 3)


async def test_after_a_fault_all_goes_on():
    faults = [RuntimeError("whatever it is")]

    def answer(questions):
        if faults:
            raise faults.pop()
        return questions

    batcher = Batcher(answer)
    with pytest.raises(RuntimeError):
        await batcher.submit("once")

    assert await batcher.submit("again") == "again"
