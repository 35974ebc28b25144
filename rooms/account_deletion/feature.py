from rooms.feature import Feature

from .anonymise import sweep_departures

FEATURE = Feature(cleanup=[sweep_departures])
