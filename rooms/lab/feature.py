from rooms.feature import Feature
from rooms.protocol import frames

from .frames import FRAMES
from .hub_part import LabPart

FEATURE = Feature(frames=FRAMES, reading=[frames.Echo, frames.Watch], hub_part=LabPart)
