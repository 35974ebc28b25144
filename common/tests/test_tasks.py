"""Background tasks: a failure ends one of them, and closing ends all."""

import asyncio

import pytest

from common.tasks import BackgroundTasks
from tests.waiting import eventually, let_others_run

pytestmark = pytest.mark.footing("embedded")


async def test_repeated_call_goes_on_after_a_failure(caplog):
    tasks, rounds = BackgroundTasks(), []

    async def fail():
        rounds.append(len(rounds))
        raise RuntimeError("no database")

    tasks.every(0, fail, "the check")
    await eventually(lambda: len(rounds) > 2, every=0.002, what="the rounds")
    await tasks.close()

    assert "the check failed; the next round tries again" in caplog.text


async def test_failing_task_ends_alone(caplog):
    tasks, other = BackgroundTasks(), asyncio.Event()

    async def fail():
        raise RuntimeError("no database")

    failing = tasks.start(fail(), "one task")
    waiting = tasks.start(other.wait(), "another task")
    await failing

    assert "one task failed" in caplog.text
    assert not waiting.done()
    await tasks.close()


async def test_close_cancels_and_awaits_what_runs():
    tasks, ended = BackgroundTasks(), []

    async def run():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    running = tasks.start(run(), "a task")
    await let_others_run()
    await tasks.close()

    assert ended and running.cancelled()
