from rooms.feature import Feature

from .api import ROUTERS
from .frames import FRAMES
from .hub_part import ModerationPart

FEATURE = Feature(frames=FRAMES, routers=ROUTERS, hub_part=ModerationPart)
