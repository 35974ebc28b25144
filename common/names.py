"""Names of people and rooms: how they are cleaned, shown and told apart."""

import json
import unicodedata
from functools import cache
from importlib.resources import files

SHOWN_CHARACTERS = 50
# No name is nearly as long. To normalize a run of marks takes the square of its length, and everybody waits for it.
MOST_CHARACTERS = 256
MOST_STEPS = 8

# Default_Ignorable_Code_Point of the Unicode Character Database (DerivedCoreProperties.txt, 16.0).
IGNORABLE_RANGES = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
BRAILLE_BLANK = "\u2800"
REPLACEMENT = "\ufffd"


def clean(text):
    """`text` in NFKC, trimmed, each run of blanks one space. Of what is far too long for a name, the beginning."""
    return _normalized(_beginning(text))


def _beginning(text):
    return " ".join(text.split())[:MOST_CHARACTERS]


def _normalized(text):
    return " ".join(unicodedata.normalize("NFKC", text).split())


def is_presentable(text):
    """Whether a name shows something, and nothing that hides, reorders or means nothing (C*, Zl, Zp)."""
    return not any(map(_is_unfit, text)) and any(map(is_visible, text))


def is_visible(character):
    return (
        unicodedata.category(character)[0] not in "CZM" and character != BRAILLE_BLANK and not is_ignorable(character)
    )


@cache
def is_ignorable(character):
    return any(first <= ord(character) <= last for first, last in IGNORABLE_RANGES)


def shown(text):
    """A stranger's text made harmless, and short, to quote it in a sentence."""
    text = "".join(REPLACEMENT if _is_unfit(character) else character for character in clean(text))
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1].rstrip() + "…"


def key(text):
    """What two names share when they differ by case, by form, or by letters that look alike.

    UTS 39's whole-name skeleton of the case-folded name, case-folded again: the data takes 0 for a capital O. Empty
    for a name without anything visible; otherwise free of control characters, so that any database takes it.
    """
    return _settled(_beginning(text), lambda text: _skeleton(_normalized(text).casefold()).casefold())


def look(text):
    """What two names share when they read alike as they are typed: `PaypaI` with a capital i is `paypal`.

    `key` cannot say so: there the capital I is an i. The capital L stays what it is, for it reads as neither.
    """
    return "L".join(_skeleton(part).casefold() for part in clean(text).split("L"))


def _settled(text, step):
    """`text` after so many steps that another changes nothing: two or three, and never without end."""
    for _ in range(MOST_STEPS):
        before, text = text, step(text)
        if text == before:
            break
    return text


def _skeleton(text):
    """UTS 39, section 4: decompose, leave out what cannot be seen, put each character's prototype, decompose."""
    prototypes = _prototypes()
    decomposed = unicodedata.normalize("NFD", text)
    seen = (prototypes.get(character, character) for character in decomposed if not _is_hidden(character))
    return unicodedata.normalize("NFD", "".join(seen))


@cache
def _prototypes():
    """The character, or characters, that stand for each that looks like another (confusables.txt of UTS 39).

    The package holds the table's pairs both ways round, some between left-to-right marks. A pair's source is always
    one character, and is the source of no other pair; so of two lone characters the prototype is the one with more
    pairs, and where both have one either would do: the lower.
    """
    pairs = json.loads((files("confusable_homoglyphs") / "confusables.json").read_bytes())
    alike = {_unmarked(one): [_unmarked(other["c"]) for other in others] for one, others in pairs.items()}
    return {one: others[0] for one, others in alike.items() if _is_source(one, others[0], alike)}


def _unmarked(text):
    return "".join(character for character in text if character not in "\u200e\u200f") or text


def _is_source(one, other, alike):
    if len(one) != 1 or len(other) != 1:
        return len(one) == 1
    return (len(alike[one]), -ord(one)) < (len(alike[other]), -ord(other))


def _is_hidden(character):
    return _is_unfit(character) or is_ignorable(character)


@cache
def _is_unfit(character):
    category = unicodedata.category(character)
    return category[0] == "C" or category in ("Zl", "Zp")
