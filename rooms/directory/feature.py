from rooms.feature import Feature

from .api import router
from .commands import COMMANDS

FEATURE = Feature(commands=COMMANDS, routers=[("users", router)])
