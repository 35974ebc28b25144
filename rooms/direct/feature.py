from rooms.feature import Feature

from .api import by_user, router
from .commands import COMMANDS
from .hub_part import DirectConversations

FEATURE = Feature(commands=COMMANDS, routers=[("messages", router), ("users", by_user)], hub_part=DirectConversations)
