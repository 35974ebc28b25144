"""Limits of the protocol: those in `hello`, those of the schemas, and those that docs/protocol.md states."""

from django.conf import settings
from typing_extensions import TypedDict

ID_CHARACTERS = 64
SHORT_TEXT_CHARACTERS = 1000
MAX_INTEGER = 2**63 - 1
MAX_ENTRIES = 1000  # of one object or array
PAGE_MESSAGES = 50
MAX_PAGE_MESSAGES = 100
LISTED_NAMES = 100


class Limits(TypedDict):
    """Limits of the site, as `hello` states them."""

    text: int
    frame: int


def limits() -> Limits:
    """Characters of a message's text, and bytes of a client's frame."""
    return {"text": settings.CHAT_MESSAGE_CHARACTERS, "frame": settings.CHAT_FRAME_BYTES}
