"""Workers that share one port are replaced one by one under load."""

import asyncio
import signal
import statistics

import pytest

from tests.waiting import eventually, let_pass

BLACKOUT_SECONDS = 5
PAUSE_SECONDS = 5
PROBE_INTERVAL_SECONDS = 0.02

pytestmark = [pytest.mark.long, pytest.mark.footing("grown")]


class ConnectionProbe:
    """Opens a new connection again and again, and counts answers and failures."""

    def __init__(self, port):
        self._port = port
        self.answered = 0
        self.failed = []
        self._task = asyncio.ensure_future(self._run())

    async def _run(self):
        while True:
            try:
                async with asyncio.timeout(BLACKOUT_SECONDS):
                    await self._request()
            except (OSError, TimeoutError) as error:
                self.failed.append(repr(error))
            await let_pass(PROBE_INTERVAL_SECONDS)

    async def _request(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise ConnectionError(answer[:40])
        self.answered += 1

    def stop(self):
        self._task.cancel()


async def test_replacing_all_workers_refuses_no_connection_and_loses_nothing(site):
    await site.open(servers=1, TEST_SERVER="workers")
    [server] = site.servers
    await site.start_writers(rate=100)
    probe = ConnectionProbe(server.port)
    for number in range(3):
        server.signal(signal.SIGHUP)
        await eventually(
            lambda number=number: server.log().count("All workers are new") > number,
            seconds=90,
            every=0.2,
            what="all workers are new",
        )
        await let_pass(PAUSE_SECONDS)
    probe.stop()
    await site.expect_no_violations()

    assert (probe.failed, sum(writer.refused_connections for writer in site.writers)) == ([], 0)
    assert {code for writer in site.writers for kind, code in writer.stream.entries if kind == "closed"} == {4012}
    blackouts = sorted(seconds for writer in site.writers for seconds in writer.blackout_seconds)
    p99 = statistics.quantiles(blackouts, n=100, method="inclusive")[98]
    print(f"{len(blackouts)} blackouts: median {statistics.median(blackouts):.2f} s, p99 {p99:.2f} s;", end=" ")
    print(f"{probe.answered} new connections answered")
    assert p99 < BLACKOUT_SECONDS
