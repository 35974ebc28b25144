from rooms.client.client import Client
from rooms.feature import Feature

from .hub_part import TypingIndicator
from .schemas import SendTypingFrame


async def typing(client: Client, frame: SendTypingFrame) -> None:
    """The frame `typing`."""
    client.hub.part(TypingIndicator).start_typing(client, frame.room)


FEATURE = Feature(frames={SendTypingFrame: typing}, hub_part=TypingIndicator)
