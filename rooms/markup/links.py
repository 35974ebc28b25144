"""Which addresses may be followed, and where one that stands in a text ends."""

import re

SCHEMES = ("http", "https", "mailto")
SAFE = re.compile(r"(?:https?://|mailto:)[^\s]", re.IGNORECASE)
AFTER_ADDRESS = ".,;:!?'\"*_~"


def is_safe(address):
    return SAFE.match(address) is not None


def without_tail(address):
    """The address without what belongs to the sentence around it: its full stop, the bracket it stands in."""
    unopened = address.count(")") - address.count("(")
    end = len(address)
    while end and (address[end - 1] in AFTER_ADDRESS or (address[end - 1] == ")" and unopened > 0)):
        unopened -= address[end - 1] == ")"
        end -= 1
    return address[:end]
