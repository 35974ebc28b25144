"""Workers behind one port, replaced one by one while people talk."""

import asyncio
import signal
import statistics

import pytest

from tests.waiting import eventually, let_pass

BLACKOUT_SECONDS = 5
PAUSE_SECONDS = 5
KNOCK_SECONDS = 0.02

pytestmark = [pytest.mark.long, pytest.mark.footing("grown")]


class Knocker:
    """A stranger who connects anew again and again, and keeps count of how that went."""

    def __init__(self, port):
        self._port = port
        self.answered = 0
        self.failed = []
        self._task = asyncio.ensure_future(self._knock_forever())

    async def _knock_forever(self):
        while True:
            try:
                async with asyncio.timeout(BLACKOUT_SECONDS):
                    await self._knock()
            except (OSError, TimeoutError) as error:
                self.failed.append(repr(error))
            await let_pass(KNOCK_SECONDS)

    async def _knock(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise ConnectionError(answer[:40])
        self.answered += 1

    def stop(self):
        self._task.cancel()


async def test_nobody_is_refused_and_nothing_is_lost_while_all_workers_are_replaced(site):
    await site.open(servers=1, TEST_SERVER="workers")
    [server] = site.servers
    await site.talk(rate=100)
    knocker = Knocker(server.port)
    for number in range(3):
        server.signal(signal.SIGHUP)
        await eventually(
            lambda number=number: server.log().count("All workers are new") > number,
            seconds=90,
            every=0.2,
            what="all workers are new",
        )
        await let_pass(PAUSE_SECONDS)
    knocker.stop()
    await site.is_right()

    assert (knocker.failed, sum(talker.refusals for talker in site.talkers)) == ([], 0)
    assert {what for talker in site.talkers for kind, what in talker.stream.entries if kind == "closed"} == {4012}
    blackouts = sorted(seconds for talker in site.talkers for seconds in talker.blackout_seconds)
    p99 = statistics.quantiles(blackouts, n=100, method="inclusive")[98]
    print(f"{len(blackouts)} blackouts: median {statistics.median(blackouts):.2f} s, p99 {p99:.2f} s;", end=" ")
    print(f"{knocker.answered} strangers answered")
    assert p99 < BLACKOUT_SECONDS
