"""URLs in messages: allowed schemes, and where a URL in running text ends."""

import re

SCHEMES = ("http", "https", "mailto")
SAFE = re.compile(r"(?:https?://|mailto:)[^\s]", re.IGNORECASE)
TRAILING_PUNCTUATION = ".,;:!?'\"*_~"


def is_safe(url: str) -> bool:
    """Whether the URL has one of `SCHEMES`."""
    return SAFE.match(url) is not None


def without_tail(address: str) -> str:
    """The URL without trailing punctuation of the sentence around it, and without an unmatched closing bracket."""
    unopened = address.count(")") - address.count("(")
    end = len(address)
    while end and (address[end - 1] in TRAILING_PUNCTUATION or (address[end - 1] == ")" and unopened > 0)):
        unopened -= address[end - 1] == ")"
        end -= 1
    return address[:end]
