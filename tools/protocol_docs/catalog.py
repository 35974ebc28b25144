"""All schemas of the protocol: the core's, and those of the features in `rooms.features`."""

from typing import get_args

from accounts.schemas import Person
from rooms import features
from rooms.protocol import client_frames, server_frames
from rooms.protocol.client_frames import ClientFrame
from rooms.protocol.limits import Limits
from rooms.protocol.schemas import DirectRoomCard, MessageDict, PublicRoomCard

Schemas = tuple[type, ...]


def declared(name: str) -> Schemas:
    """Schemas that features list under this name in their `schemas.py`."""
    return tuple(schema for module in features.parts("schemas") for schema in getattr(module, name, ()))


CLIENT_FRAMES: tuple[type[ClientFrame], ...] = (*client_frames.CORE_FRAMES, *declared("CLIENT_FRAMES"))
SERVER_FRAMES: Schemas = (*get_args(server_frames.ServerFrame), *declared("SERVER_FRAMES"))
OBJECTS: Schemas = (Person, MessageDict, PublicRoomCard, DirectRoomCard, Limits, server_frames.NoticeData)
REPLY_DATA: Schemas = declared("REPLY_DATA")
