from rooms.feature import Feature
from rooms.protocol import frames as protocol

from . import frames
from .hub_part import LabPart

FEATURE = Feature(
    frames={
        protocol.Echo: frames.echo,
        protocol.Watch: frames.watch,
        protocol.Broadcast: frames.broadcast,
        protocol.Close: frames.close,
    },
    reading=[protocol.Echo, protocol.Watch],
    hub_part=LabPart,
)
