"""The '#' commands, for the socket, REST and the terminal client alike."""

from .core import close_room as close_room
from .core import open_room as open_room
from .core import remove_room as remove_room
from .registry import Command as Command
from .registry import CommandReply as CommandReply
from .registry import ParsedLine as ParsedLine
from .registry import is_command as is_command
from .registry import unescape as unescape
from .table import commands_by_word as commands_by_word
from .table import help_table as help_table
from .table import run as run
