"""The '#' commands: one parser and one table for the socket, REST and the terminal client."""

from .core import COMMANDS as COMMANDS
from .core import HELP as HELP
from .core import Reply as Reply
from .core import close_room as close_room
from .core import is_command as is_command
from .core import open_room as open_room
from .core import plain as plain
from .core import remove_room as remove_room
from .core import run as run
