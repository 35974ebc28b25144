"""The core's models: rooms, memberships and messages, with the permissions on them."""

from . import rights as rights
from .membership import Membership as Membership
from .membership import Muted as Muted
from .membership import NotificationLevel as NotificationLevel
from .message import Message as Message
from .room import Room as Room
