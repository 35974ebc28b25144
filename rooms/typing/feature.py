from rooms.client.client import Client
from rooms.feature import Feature
from rooms.protocol import frames

from .hub_part import TypingIndicator


async def typing(client: Client, frame: frames.Typing) -> None:
    """The frame `typing`."""
    client.hub.part(TypingIndicator).start_typing(client, frame.room)


FEATURE = Feature(frames={frames.Typing: typing}, reading=[frames.Typing], hub_part=TypingIndicator)
