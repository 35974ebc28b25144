"""What is unread is known on all servers though no ring tells of it."""

import pytest

from tests.clients import ChatClient
from tests.waiting import in_time

pytestmark = [pytest.mark.footing("grown"), pytest.mark.timed]

# Gathered for a second, then found by the next look of the other server; and a little for a busy machine.
AT_MOST_SECONDS = in_time(1 + 3 + 1)


def told(client, **entry):
    return any(entry.items() <= told.items() for frame in client.received("unread") for told in frame["rooms"])


async def test_without_redis_one_server_hears_from_the_database_what_is_unread_on_another(site):
    await site.open(servers=2)
    (ana, bruno, *_), (here, there), room = site.ground.people, site.servers, site.room
    async with ChatClient(here, ana, room=room) as writer, ChatClient(there, bruno) as reader:
        await writer.expect("hello")
        await reader.enter(room)
        await reader.command("#eR")
        site.redis.kill()

        seq = (await writer.say("is anybody there?"))["seq"]
        await reader.reaches(lambda: told(reader, room=room, last_seq=seq), "news of the room", within=AT_MOST_SECONDS)

        async with ChatClient(here, bruno) as phone:
            await phone.expect("hello")
            await phone.send(type="read", room=room, seq=seq)
            await reader.reaches(lambda: told(reader, room=room, read_seq=seq), "the mark", within=AT_MOST_SECONDS)

            await phone.command("#cR Elsewhere")
            new = phone.received("room", here=True)[-1]["room"]["id"]
            await reader.reaches(lambda: told(reader, room=new, read_seq=0), "the new room", within=AT_MOST_SECONDS)
