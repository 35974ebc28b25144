"""Pages of the staff site for rooms, messages and users; importing a module registers its models' pages."""

from rooms.features import parts

from . import members as members
from . import messages as messages
from . import people as people
from . import rooms as rooms

parts("admin")
