"""Metrics of all workers behind one port: the worker that is scraped asks the others over Unix sockets."""

import asyncio
import contextlib
import json
import os
from pathlib import Path

from .registry import Families, exposition, families

TIMEOUT_SECONDS = 1
READ_BYTES = 16 * 1024 * 1024

_folder: Path | None = None


async def join(folder: str, number: int) -> None:
    """Serve this process's metrics to the other workers from now on, as worker `number` of the folder.

    The rename replaces the socket of the worker that had the number before.
    """
    global _folder
    _folder = Path(folder)
    own = _folder / f"{number}.new"
    await asyncio.start_unix_server(_serve, own)
    own.rename(_folder / str(number))


async def _serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        writer.write(json.dumps(families()).encode())
        await writer.drain()
    writer.close()


async def scrape() -> bytes:
    """Return the metrics of all workers that answer, in Prometheus' text format; alone, of this process."""
    if _folder is None:
        return exposition({"1": families()})
    sockets = [_folder / name for name in os.listdir(_folder) if name.isdigit()]  # noqa: PTH208, names are wanted
    answers = await asyncio.gather(*map(_ask, sockets))
    return exposition({socket.name: answer for socket, answer in zip(sockets, answers, strict=True) if answer})


async def _ask(socket: Path) -> Families | None:
    """Return one worker's metrics; None if it is dead, or too busy to answer within the timeout."""
    with contextlib.suppress(OSError, TimeoutError, ValueError):
        async with asyncio.timeout(TIMEOUT_SECONDS):
            reader, writer = await asyncio.open_unix_connection(socket, limit=READ_BYTES)
            try:
                answer: Families = json.loads(await reader.read())
                return answer
            finally:
                writer.close()
    return None
