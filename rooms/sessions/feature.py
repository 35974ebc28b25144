from rooms.feature import Feature

from .hub_part import SessionMonitor

FEATURE = Feature(hub_part=SessionMonitor)
