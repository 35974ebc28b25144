"""Routing what is posted for an event stream to the process that holds the stream."""

import asyncio
import hmac
import re
import secrets
from collections.abc import Mapping
from typing import Protocol

from rooms.client.hub_part import Event, EventHandler, HubPart, HubServices
from rooms.protocol.errors import ChatError

TIMEOUT_SECONDS = 3
NAME = re.compile(r"([0-9a-f]{16})-[\w-]{32}", re.ASCII)

Answer = tuple[str | None, float | None]  # code and retry_after of an error, or None


class PostTarget(Protocol):
    """An event stream, as far as what is posted for it is concerned."""

    proof: str

    def take(self, text: str | None) -> None: ...


class StreamRouter(HubPart):
    """The streams of this process by name. A name says which process holds the stream, and cannot be guessed.

    Behind a load balancer a POST may come to any process: it is forwarded over the bus, and the answer comes back.
    """

    def __init__(self, hub: HubServices) -> None:
        super().__init__(hub)
        self._process = secrets.token_hex(8)
        self._streams: dict[str, PostTarget] = {}
        self._pending: dict[str, asyncio.Future[Answer]] = {}  # forwarded frames, by token
        self._joining: asyncio.Task[None] | None = None

    def event_handlers(self) -> Mapping[str, EventHandler]:
        """`posted`: a frame forwarded to this process. `post_answered`: the answer to one that it has forwarded."""
        return {"posted": self._on_posted, "post_answered": self._on_answered}

    async def open(self, stream: PostTarget) -> str:
        """Give a stream its name; `stream.take(text)` gets what is posted, and may raise `ChatError`."""
        await self._join()
        name = f"{self._process}-{secrets.token_urlsafe(24)}"
        self._streams[name] = stream
        return name

    def close_stream(self, name: str) -> None:
        """Forget a stream that has ended."""
        self._streams.pop(name, None)

    async def post(self, name: str, proof: str, text: str | None) -> None:
        """Pass `text` to the stream, if `proof` is that of its opener; raises `no_such_stream` and what it raises.

        `unavailable` means that nobody knows whether it has arrived; frames may be sent again.
        """
        found = NAME.fullmatch(name)
        if not found:
            raise ChatError("no_such_stream")
        if found[1] == self._process:
            self._pass_on(name, proof, text)
        else:
            await self._forward(found[1], {"stream": name, "proof": proof, "text": text})

    def _pass_on(self, name: str, proof: str, text: str | None) -> None:
        stream = self._streams.get(name)
        if stream is None or not hmac.compare_digest(stream.proof, proof):
            raise ChatError("no_such_stream")
        stream.take(text)

    async def _forward(self, process: str, posted: Event) -> None:
        if self.hub.is_alone:
            raise ChatError("no_such_stream")  # the process that held it has ended
        await self._join()
        token = secrets.token_hex(8)
        answer = self._pending[token] = asyncio.get_running_loop().create_future()
        event = {"type": "posted", "token": token, "from": self._process, **posted}
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                self.hub.publish_elsewhere(_group(process), event)
                code, retry_after = await answer
        except TimeoutError:
            raise ChatError("unavailable", retry_after=1) from None
        finally:
            del self._pending[token]
        if code:
            raise ChatError(code, retry_after=retry_after)

    def _on_posted(self, event: Event) -> None:
        # Batches for many groups go to all processes.
        if event["stream"].startswith(f"{self._process}-"):
            code, retry_after = self._answer(event)
            answer = {"type": "post_answered", "token": event["token"], "code": code, "retry_after": retry_after}
            self.hub.publish_elsewhere(_group(event["from"]), answer)

    def _answer(self, event: Event) -> Answer:
        try:
            self._pass_on(event["stream"], event["proof"], event["text"])
        except ChatError as error:
            return error.code, error.retry_after
        return None, None

    def _on_answered(self, event: Event) -> None:
        pending = self._pending.get(event["token"])
        if pending and not pending.done():
            pending.set_result((event["code"], event["retry_after"]))

    async def _join(self) -> None:
        """Receive what other processes forward; asked for once, by the first stream or the first forwarded frame."""
        if self._joining is None:
            self._joining = self.tasks.start(self.hub.join_group(_group(self._process)), "joining the stream group")
        await asyncio.shield(self._joining)


def _group(process: str) -> str:
    return f"process.{process}"
