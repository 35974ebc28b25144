from rooms.feature import Feature

from .hub_part import Cleanup

FEATURE = Feature(hub_part=Cleanup)
