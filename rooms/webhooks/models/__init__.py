"""Incoming and outgoing webhooks, and deliveries of the outgoing ones."""

from .delivery import Delivery as Delivery
from .hook import URL_MAX_CHARACTERS as URL_MAX_CHARACTERS
from .hook import IncomingHook as IncomingHook
from .hook import OutgoingHook as OutgoingHook
from .hook import new_bot as new_bot
