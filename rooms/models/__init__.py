"""The nouns of the core: rooms, who belongs to them, and their messages."""

from . import rights as rights
from .membership import Membership as Membership
from .membership import Muted as Muted
from .membership import NotificationLevel as NotificationLevel
from .message import Message as Message
from .room import Room as Room
