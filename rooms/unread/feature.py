from rooms.client.client import Client
from rooms.feature import Feature

from .hub_part import UnreadPart
from .schemas import ReadFrame


async def read(client: Client, frame: ReadFrame) -> None:
    """The frame `read`."""
    client.hub.part(UnreadPart).read(client, frame.room, frame.seq)


FEATURE = Feature(frames={ReadFrame: read}, hub_part=UnreadPart)
