"""Brings what is posted for an event stream to the process that holds the stream."""

import asyncio
import hmac
import re
import secrets

from rooms.protocol.errors import ChatError

PATIENCE_SECONDS = 3
NAME = re.compile(r"([0-9a-f]{16})-[\w-]{32}", re.ASCII)


class Switchboard:
    """The streams of this process by their names. A name says which process it is, and cannot be guessed.

    Behind a proxy that shares requests out, a POST comes to any process: the pubsub passes it on and its answer back.
    """

    def __init__(self, pubsub):
        self._doorbell = pubsub
        self._process = secrets.token_hex(8)
        self._streams = {}
        self._awaited = {}  # token of a forwarded frame: future of the refusal's code, or of None
        self._listening = None

    async def open(self, stream):
        """Give a stream its name; it is told what is posted by `stream.take(text)` (raises `ChatError`)."""
        await self._listen()
        name = f"{self._process}-{secrets.token_urlsafe(24)}"
        self._streams[name] = stream
        return name

    def close(self, name):
        self._streams.pop(name, None)

    async def post(self, name, proof, text):
        """Hand `text` to the stream, if `proof` is that of who opened it; raises `no_such_stream` and what it raises.

        `unavailable` means that nobody knows whether it has arrived; sent again, frames do no harm.
        """
        found = NAME.fullmatch(name)
        if not found:
            raise ChatError("no_such_stream")
        if found[1] == self._process:
            self._hand_over(name, proof, text)
        else:
            await self._forward(found[1], {"stream": name, "proof": proof, "text": text})

    def _hand_over(self, name, proof, text):
        stream = self._streams.get(name)
        if stream is None or not hmac.compare_digest(stream.proof, proof):
            raise ChatError("no_such_stream")
        stream.take(text)

    async def _forward(self, process, posted):
        if self._doorbell.is_mute:
            raise ChatError("no_such_stream")  # there is no other process: it was one that has ended
        await self._listen()
        token = secrets.token_hex(8)
        answer = self._awaited[token] = asyncio.get_running_loop().create_future()
        message = {"type": "posted", "token": token, "from": self._process, **posted}
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                self._doorbell.ring(_group(process), message)
                code, retry_after = await answer
        except TimeoutError:
            raise ChatError("unavailable", retry_after=1) from None
        finally:
            del self._awaited[token]
        if code:
            raise ChatError(code, retry_after=retry_after)

    def heard(self, ring):
        """A frame forwarded to this process, or the answer to one that it has forwarded."""
        # Where much is rung at once, rings for one process come to all.
        if ring["type"] == "posted" and ring["stream"].startswith(f"{self._process}-"):
            code, retry_after = self._outcome(ring)
            answer = {"type": "post_answered", "token": ring["token"], "code": code, "retry_after": retry_after}
            self._doorbell.ring(_group(ring["from"]), answer)
        elif ring["type"] == "post_answered" and (awaited := self._awaited.get(ring["token"])) and not awaited.done():
            awaited.set_result((ring["code"], ring["retry_after"]))

    def _outcome(self, ring):
        try:
            self._hand_over(ring["stream"], ring["proof"], ring["text"])
        except ChatError as error:
            return error.code, error.retry_after
        return None, None

    async def _listen(self):
        """Hear what other processes pass on; asked for once, by the first stream or the first forwarded frame."""
        if self._listening is None:
            self._listening = asyncio.ensure_future(self._doorbell.subscribe(_group(self._process)))
        await asyncio.shield(self._listening)


def _group(process):
    return f"process.{process}"
