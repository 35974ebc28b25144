from rooms.feature import Feature

from .frames import FRAMES
from .hub_part import LabPart

FEATURE = Feature(frames=FRAMES, hub_part=LabPart)
