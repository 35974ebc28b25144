from rooms.feature import Feature

from .hub_part import DirectConversations

FEATURE = Feature(hub_part=DirectConversations)
