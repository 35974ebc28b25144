"""A room chat on `websockets.broadcast`: about the limit of pure Python. Stores nothing."""

import asyncio
import sys
from collections import defaultdict

from websockets.asyncio.server import ServerConnection, broadcast, serve

rooms: dict[str, set[ServerConnection]] = defaultdict(set)


async def chat(connection: ServerConnection) -> None:
    room = rooms[connection.request.path]
    room.add(connection)
    await connection.send("you are in")
    try:
        async for line in connection:
            broadcast(room, line)
    finally:
        room.discard(connection)


async def main() -> None:
    async with serve(chat, "127.0.0.1", int(sys.argv[1])) as server:
        await server.serve_forever()


asyncio.run(main())
