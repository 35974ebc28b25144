"""A client of server-sent events and POST (docs/protocol.md), with the interface of a `websockets` connection."""

import asyncio
import json
from urllib.parse import urlsplit

from .waiting import TIMEOUT_SECONDS, let_pass

LOST = 1006
TAKEN = (204, None)
RETRY_SECONDS = 1  # as the answer's Retry-After says


class Refused(Exception):
    """The server answered a request with an error."""

    def __init__(self, status, error):
        super().__init__(f"{status} {error}")
        self.status = status
        self.error = error


class EventStream:
    """An event stream, parsed incrementally; `post_to` is the origin that POSTs are sent to."""

    def __init__(self, url, headers, post_to=None):
        self.url = urlsplit(url)
        self.post_to = post_to or f"http://{self.url.netloc}"
        self.headers = headers
        self.close_code = None
        self.name = None
        self.comments = 0

    @classmethod
    async def connect(cls, url, *, post_to=None, **headers):
        """Open a stream and wait for its name; raise `Refused` if there is none."""
        stream = cls(url, headers, post_to)
        stream._reader, stream._writer, status = await ask("GET", url, headers | {"Accept": "text/event-stream"})
        if status != 200:
            raise Refused(status, json.loads(await stream._reader.read())["error"])
        stream._events = stream._read_events()
        async for _text in stream:
            raise AssertionError("A frame came before the stream's name")
        return stream

    @property
    def transport(self):
        return self._writer.transport

    async def send(self, text):
        """Post a frame, with retries while the stream is busy; raise `Refused` if it is not accepted."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while (answer := await self.post(text)) != TAKEN:
                status, error = answer
                if not error or error["code"] != "busy":
                    raise Refused(status, error)
                await let_pass(RETRY_SECONDS)

    async def post(self, text, *, name=None, **headers):
        """Post a frame and return the status and error of the answer."""
        # As behind a load balancer: the page's host, for every server.
        headers = {"Host": self.url.netloc, "Content-Type": "application/json", **self.headers, **headers}
        body = text if isinstance(text, bytes) else text.encode()
        reader, writer, status = await ask("POST", f"{self.post_to}/sse/{name or self.name}/", headers, body)
        answer = await reader.read()
        writer.close()
        return status, json.loads(answer)["error"] if answer else None

    async def close(self):
        self._writer.close()
        self.close_code = self.close_code or LOST

    async def __aiter__(self):
        """Yield the frames; the first iteration ends at the stream's name."""
        async for kind, data in self._events:
            if kind == "stream":
                self.name = data
                return
            if kind == "close":
                self.close_code = int(data)
                return
            yield data
        self.close_code = self.close_code or LOST

    async def _read_events(self):
        kind, data = "message", None
        async for line in self._lines():
            field, _, value = line.partition(": ")
            if field == "event":
                kind = value
            elif field == "data":
                data = value
            elif line.startswith(":"):
                self.comments += 1
            elif not line and data is not None:
                yield kind, data
                kind, data = "message", None

    async def _lines(self):
        """Yield the lines of the body, decoded from chunks (RFC 9112, 7.1)."""
        held = ""
        try:
            while size := int(await self._reader.readline() or b"0", 16):
                held += (await self._reader.readexactly(size + 2))[:-2].decode()
                *lines, held = held.split("\n")
                for line in lines:
                    yield line
        except (OSError, asyncio.IncompleteReadError):
            return


async def ask(method, url, headers, body=b""):
    """Send a request on a new connection; return its reader, its writer and the status of the answer."""
    url = urlsplit(url)
    reader, writer = await asyncio.open_connection(url.hostname, url.port, limit=2**24)
    target = f"{url.path}?{url.query}" if url.query else url.path
    headers = {"Host": url.netloc, "Connection": "close", "Content-Length": len(body), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value is not None)
    writer.write(f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + body)
    first_line = await reader.readline()
    if not first_line:
        raise ConnectionResetError("The server hung up without an answer")
    status = int(first_line.split()[1])
    while (await reader.readline()).strip():
        pass
    return reader, writer, status
