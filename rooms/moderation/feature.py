from rooms.feature import Feature

from . import frames, schemas
from .hub_part import ModerationPart

FEATURE = Feature(
    frames={
        schemas.ModerateFrame: frames.moderate,
        schemas.SlowFrame: frames.slow,
        schemas.BannedFrame: frames.banned,
        schemas.ReportFrame: frames.report,
        schemas.BlockFrame: frames.block,
    },
    hub_part=ModerationPart,
)
