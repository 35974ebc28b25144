"""Protection of the terminal against control characters in text from other people."""

import unicodedata

# Zero-width joiners: between the parts of an emoji, and in some scripts.
JOINERS = "\u200c\u200d"
MAX_COMBINING_MARKS = 4
UNSAFE_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def sanitize(text: object, *, keep_newlines: bool = False) -> str:
    """Return the text with visible substitutes for escape sequences, bidirectional overrides and invisible characters.

    Runs of combining marks are cut to `MAX_COMBINING_MARKS`: longer ones draw over neighbouring lines.
    """
    marks, out = 0, []
    for character in str(text).replace("\r\n", "\n"):
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks <= MAX_COMBINING_MARKS:
            out.append(_visible(character, category, keep_newlines))
    return "".join(out)


def _visible(character: str, category: str, keep_newlines: bool) -> str:
    if category not in UNSAFE_CATEGORIES or character in JOINERS or (keep_newlines and character == "\n"):
        return character
    if character in "\n\t":
        return " "
    # Unicode's control pictures are in the order of the control characters.
    return chr(0x2400 + ord(character)) if ord(character) < 0x20 else "\ufffd"
