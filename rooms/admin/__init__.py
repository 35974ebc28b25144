"""The staff site's pages about rooms, messages and people. Django registers each model where its module is imported."""

from rooms.features import parts

from . import members as members
from . import messages as messages
from . import people as people
from . import rooms as rooms

parts("admin")
