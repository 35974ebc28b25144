"""`python -m tests.server.sample_app PORT`: our server with an application that does what its clients say.

A client of a WebSocket sends one JSON list, the verb first; `VERBS` are what it may ask for.
"""

import asyncio
import gc
import itertools
import json
import operator
import sys
from collections import defaultdict

import django

django.setup()

from chatsite.server.asgi_server import PREPARED_FRAMES, Server  # noqa: E402
from chatsite.server.websocket import WebSocket  # noqa: E402
from rooms.client.connection import Connection  # noqa: E402
from rooms.protocol.frames import EncodedFrame  # noqa: E402
from tests.waiting import let_others_run  # noqa: E402

BODY_BYTES, MESSAGE_BYTES = 100_000, 20_000
draining = asyncio.Event()
waiting = []
turn = 0
hung_up = defaultdict(asyncio.Event)  # path: set when the client there is gone
codes = {}  # path: what it closed with


async def application(scope, receive, send):
    await (page if scope["type"] == "http" else line)(scope, receive, send)


async def page(scope, receive, send):
    """`/size` answers how long the body was, `/wait` answers when the server drains, `/waiting` how many wait so.

    `/kept` answers how many sockets there are in memory, open or not: nothing looks for garbage here.
    """
    size, more = 0, True
    while more:
        event = await receive()
        size += len(event["body"])
        more = event["more_body"]
    if scope["path"] == "/wait":
        waiting.append(scope)
        await draining.wait()
    body = {"size": size, "waiting": len(waiting), "gone": codes}
    if scope["path"] == "/kept":
        body["kept"] = sum(type(one) is WebSocket for one in gc.get_objects())
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


async def line(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    wire = scope["extensions"][PREPARED_FRAMES]["wire"]
    while (event := await receive())["type"] == "websocket.receive":
        verb, *arguments = json.loads(event["text"])
        await VERBS[verb](scope, wire, send, *arguments)
    codes[scope["path"]] = event["code"]
    hung_up[scope["path"]].set()


async def close(scope, wire, send, code, reason):
    await send({"type": "websocket.close", "code": code, "reason": reason})


async def echo(scope, wire, send, text):
    await send({"type": "websocket.send", "text": text})


async def mix(scope, wire, send, count, size):
    """Numbered texts of a size by both ways out in turn, as fast as can be; then the close."""
    for number in range(count):
        text = f"{number}:".ljust(size, "x")
        if number % 2:
            wire.write(wire.prepare(text))
        else:
            await send({"type": "websocket.send", "text": text})
        if number % 10 == 0:
            await let_others_run()
    wire.close(1000)


async def flood(scope, wire, send, size):
    """What a room does to a client: encoded_frames, until the connection has had enough."""
    connection, numbers = Connection(scope, send, "en"), itertools.count()
    while not connection.closed:
        connection.write(EncodedFrame({"n": next(numbers), "pad": "x" * size}))
        await let_others_run()


async def think(scope, wire, send, path):
    """Take no further message until another client, on `path`, has hung up."""
    await hung_up[path].wait()


async def look(scope, wire, send, name):
    """Whether the thing with this dotted name, seen from the connection, is there."""
    try:
        operator.attrgetter(name)(wire._protocol)
    except AttributeError:
        await echo(scope, wire, send, "missing")
    else:
        await echo(scope, wire, send, "there")


async def count_turns(scope, wire, send):
    """In which turn of the event loop this message is handled, and how many others wait behind it."""
    global turn
    now = turn

    def go_on():
        global turn
        turn = now + 1

    asyncio.get_running_loop().call_soon(go_on)
    await echo(scope, wire, send, f"{now} {wire._protocol.application_queue.qsize()}")


VERBS = {verb.__name__: verb for verb in (close, echo, mix, flood, think, look, count_turns)}


async def drain():
    draining.set()


if __name__ == "__main__":
    gc.disable()
    place = f"tcp:port={sys.argv[1]}:interface=127.0.0.1"
    Server(application, [place], body_bytes=BODY_BYTES, message_bytes=MESSAGE_BYTES, drain=drain).run()
