from rooms.feature import Feature

from .stream_router import StreamRouter

FEATURE = Feature(hub_part=StreamRouter)
