"""Unread counts reach every server without a publication."""

import pytest

from tests.clients import ChatClient
from tests.waiting import in_time

pytestmark = [pytest.mark.footing("grown"), pytest.mark.timed]

# Batched for a second, then found by the other server's next poll; and a margin.
MAX_DELAY_SECONDS = in_time(1 + 3 + 1)


def has_unread(client, **entry):
    return any(entry.items() <= room.items() for frame in client.received("unread") for room in frame["rooms"])


async def test_without_redis_unread_counts_reach_other_servers_by_polling(site):
    await site.open(servers=2)
    (ana, bruno, *_), (here, there), room = site.environment.users, site.servers, site.room
    async with ChatClient(here, ana, room=room) as writer, ChatClient(there, bruno) as reader:
        await writer.expect("hello")
        await reader.enter(room)
        await reader.command("#eR")
        site.redis.kill()

        seq = (await writer.send_message("is anybody there?"))["seq"]
        await reader.wait_until(
            lambda: has_unread(reader, room=room, last_seq=seq), "the unread message", within=MAX_DELAY_SECONDS
        )

        async with ChatClient(here, bruno) as phone:
            await phone.expect("hello")
            await phone.send(type="read", room=room, seq=seq)
            await reader.wait_until(
                lambda: has_unread(reader, room=room, read_seq=seq), "the read marker", within=MAX_DELAY_SECONDS
            )

            await phone.command("#cR Elsewhere")
            new = phone.received("room", here=True)[-1]["room"]["id"]
            await reader.wait_until(
                lambda: has_unread(reader, room=new, read_seq=0), "the new room", within=MAX_DELAY_SECONDS
            )
