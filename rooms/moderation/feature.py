from rooms.feature import Feature
from rooms.protocol import frames as protocol

from . import api, frames
from .hub_part import ModerationPart

FEATURE = Feature(
    frames={
        protocol.Moderate: frames.moderate,
        protocol.Slow: frames.slow,
        protocol.Banned: frames.banned,
        protocol.Report: frames.report,
        protocol.Block: frames.block,
    },
    reading=[protocol.Banned],
    routers=[("rooms", api.router), ("blocks", api.blocks)],
    hub_part=ModerationPart,
)
