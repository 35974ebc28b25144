"""The staff's desk, as far as it is about where people talk. Importing a module registers what it holds."""

from . import announcements as announcements
from . import hooks as hooks
from . import members as members
from . import messages as messages
from . import muted as muted
from . import people as people
from . import reports as reports
from . import rooms as rooms
