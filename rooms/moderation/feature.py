from rooms.feature import Feature
from rooms.protocol import frames

from .api import ROUTERS
from .frames import FRAMES
from .hub_part import ModerationPart

FEATURE = Feature(frames=FRAMES, reading=[frames.Banned], routers=ROUTERS, hub_part=ModerationPart)
