from rooms.client.client import Client
from rooms.feature import Feature
from rooms.protocol import frames

from .hub_part import UnreadPart


async def read(client: Client, frame: frames.Read) -> None:
    """The frame `read`."""
    client.hub.part(UnreadPart).read(client, frame.room, frame.seq)


FEATURE = Feature(frames={frames.Read: read}, reading=[frames.Read], hub_part=UnreadPart)
