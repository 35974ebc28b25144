from rooms.feature import Feature

from . import frames, schemas
from .hub_part import LabPart

FEATURE = Feature(
    frames={
        schemas.SendEchoFrame: frames.echo,
        schemas.WatchFrame: frames.watch,
        schemas.BroadcastFrame: frames.broadcast,
        schemas.CloseFrame: frames.close,
    },
    hub_part=LabPart,
)
