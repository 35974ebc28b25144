"""`python -m tests.server.scripted_app PORT`: our server with an application that its clients control.

Each WebSocket message is a JSON list of a command and its arguments; `COMMANDS` has them.
"""

import asyncio
import gc
import itertools
import json
import operator
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

import django

django.setup()

from chatsite.server.asgi_server import PREPARED_FRAMES, ASGIServer  # noqa: E402
from chatsite.server.websocket import ServerWebSocket  # noqa: E402
from rooms.client.connection import Connection  # noqa: E402
from rooms.protocol.encoding import EncodedFrame  # noqa: E402
from tests.waiting import let_others_run  # noqa: E402

BODY_BYTES, MESSAGE_BYTES = 100_000, 20_000
draining = asyncio.Event()
waiting: list[dict] = []
turn = 0
disconnected: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)  # by path
close_codes: dict[str, int] = {}  # by path: the code the client closed with

Scope = dict[str, Any]
Send = Callable[[dict], Awaitable[None]]
Receive = Callable[[], Awaitable[dict]]


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    await (handle_http if scope["type"] == "http" else handle_websocket)(scope, receive, send)


async def handle_http(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with JSON: `size` of the body, requests `waiting`, close codes by path.

    `/wait` answers when the server drains. `/open` adds how many `WebSocket` objects are in memory, open or not: the
    garbage collector is off.
    """
    size, more = 0, True
    while more:
        event = await receive()
        size += len(event["body"])
        more = event["more_body"]
    if scope["path"] == "/wait":
        waiting.append(scope)
        await draining.wait()
    body = {"size": size, "waiting": len(waiting), "close_codes": close_codes}
    if scope["path"] == "/open":
        body["websockets"] = sum(type(one) is ServerWebSocket for one in gc.get_objects())
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


async def handle_websocket(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    wire = scope["extensions"][PREPARED_FRAMES]["transport"]
    while (event := await receive())["type"] == "websocket.receive":
        command, *arguments = json.loads(event["text"])
        await COMMANDS[command](scope, wire, send, *arguments)
    close_codes[scope["path"]] = event["code"]
    disconnected[scope["path"]].set()


async def close(scope: Scope, wire: Any, send: Send, code: int, reason: str) -> None:
    await send({"type": "websocket.close", "code": code, "reason": reason})


async def echo(scope: Scope, wire: Any, send: Send, text: str) -> None:
    await send({"type": "websocket.send", "text": text})


async def interleave(scope: Scope, wire: Any, send: Send, count: int, size: int) -> None:
    """Send numbered texts of a size by ASGI and by direct writes in turn, as fast as possible, and close."""
    for number in range(count):
        text = f"{number}:".ljust(size, "x")
        if number % 2:
            wire.write(wire.prepare(text))
        else:
            await send({"type": "websocket.send", "text": text})
        if number % 10 == 0:
            await let_others_run()
    wire.close(1000)


async def flood(scope: Scope, wire: Any, send: Send, size: int) -> None:
    """Write frames as a room does, until the connection's backpressure limit closes it."""
    connection, numbers = Connection(scope, send, "en"), itertools.count()
    while not connection.is_closed:
        connection.write(EncodedFrame({"n": next(numbers), "pad": "x" * size}))
        await let_others_run()


async def block(scope: Scope, wire: Any, send: Send, path: str) -> None:
    """Receive no further message until the client on `path` has disconnected."""
    await disconnected[path].wait()


async def has_attribute(scope: Scope, wire: Any, send: Send, name: str) -> None:
    """Answer `there` or `missing`: whether the protocol object has an attribute of this dotted name."""
    try:
        operator.attrgetter(name)(wire._protocol)
    except AttributeError:
        await echo(scope, wire, send, "missing")
    else:
        await echo(scope, wire, send, "there")


async def count_turns(scope: Scope, wire: Any, send: Send) -> None:
    """Answer with the iteration of the event loop that handles this message, and the length of the queue behind it."""
    global turn
    now = turn

    def next_turn() -> None:
        global turn
        turn = now + 1

    asyncio.get_running_loop().call_soon(next_turn)
    await echo(scope, wire, send, f"{now} {wire._protocol.application_queue.qsize()}")


COMMANDS = {
    command.__name__: command for command in (close, echo, interleave, flood, block, has_attribute, count_turns)
}


async def drain() -> None:
    draining.set()


if __name__ == "__main__":
    gc.disable()
    place = f"tcp:port={sys.argv[1]}:interface=127.0.0.1"
    ASGIServer(application, [place], body_bytes=BODY_BYTES, message_bytes=MESSAGE_BYTES, drain=drain).run()
