"""Names of users and rooms: normalization, safe display, and keys that find lookalikes (Unicode TR 39)."""

import json
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files

QUOTED_CHARACTERS = 50
# More than any valid name. Normalization of a run of combining marks takes quadratic time (denial of service).
MAX_CHARACTERS = 256
MAX_ITERATIONS = 8

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


def clean(text: str) -> str:
    """Return `text` in NFKC, trimmed, each run of blanks one space; cut to `MAX_CHARACTERS` before that."""
    return _normalized(_truncated(text))


def _truncated(text: str) -> str:
    return " ".join(text.split())[:MAX_CHARACTERS]


def _normalized(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def is_presentable(text: str) -> bool:
    """Return whether a name has a visible character, and none that is invisible, reorders text or is unassigned."""
    return not any(map(_is_unfit, text)) and any(map(is_visible, text))


def is_visible(character: str) -> bool:
    """Return whether a character leaves a mark by itself."""
    return (
        unicodedata.category(character)[0] not in "CZM" and character != BRAILLE_BLANK and not is_ignorable(character)
    )


@cache
def is_ignorable(character: str) -> bool:
    """Return whether a character has the property Default_Ignorable_Code_Point."""
    return any(first <= ord(character) <= last for first, last in IGNORABLE_RANGES)


def quotable(text: str) -> str:
    """Return untrusted text shortened and without control characters, to quote it in a sentence."""
    text = "".join(REPLACEMENT if _is_unfit(character) else character for character in clean(text))
    return text if len(text) <= QUOTED_CHARACTERS else text[: QUOTED_CHARACTERS - 1].rstrip() + "…"


def key(text: str) -> str:
    """Return the uniqueness key: equal for names that differ by case, Unicode form or confusable letters only.

    It is the UTS 39 skeleton of the case-folded name, case-folded again: the data maps a capital O to 0. Empty for a
    name without a visible character; never holds a control character, so any database can store it.
    """
    return _fixpoint(_truncated(text), lambda text: _uts39_skeleton(_normalized(text).casefold()).casefold())


def skeleton(text: str) -> str:
    """Return the confusable skeleton of the name as typed: `PaypaI` with a capital i has that of `paypal`.

    `key` folds case first, so it cannot find these. A capital L is kept, because it resembles neither.
    """
    return "L".join(_uts39_skeleton(part).casefold() for part in clean(text).split("L"))


def _fixpoint(text: str, step: Callable[[str], str]) -> str:
    """Return `text` after `step` is applied until it changes nothing: two or three times, at most `MAX_ITERATIONS`."""
    for _ in range(MAX_ITERATIONS):
        before, text = text, step(text)
        if text == before:
            break
    return text


def _uts39_skeleton(text: str) -> str:
    """Return UTS 39's skeleton (section 4): decompose, drop invisible characters, map to prototypes, decompose."""
    prototypes = _prototypes()
    decomposed = unicodedata.normalize("NFD", text)
    mapped = (prototypes.get(character, character) for character in decomposed if not _is_hidden(character))
    return unicodedata.normalize("NFD", "".join(mapped))


@cache
def _prototypes() -> dict[str, str]:
    """Return the prototype of each confusable character (confusables.txt of UTS 39).

    The package holds each pair of the table in both directions, some between left-to-right marks. The source of a pair
    is always one character and the source of no other pair; so of two single characters the prototype is the one with
    more pairs, and if both have one, the lower code point.
    """
    pairs = json.loads((files("confusable_homoglyphs") / "confusables.json").read_bytes())
    alike = {_unmarked(one): [_unmarked(other["c"]) for other in others] for one, others in pairs.items()}
    return {one: others[0] for one, others in alike.items() if _is_source(one, others[0], alike)}


def _unmarked(text: str) -> str:
    return "".join(character for character in text if character not in "\u200e\u200f") or text


def _is_source(one: str, other: str, alike: Mapping[str, list[str]]) -> bool:
    if len(one) != 1 or len(other) != 1:
        return len(one) == 1
    return (len(alike[one]), -ord(one)) < (len(alike[other]), -ord(other))


def _is_hidden(character: str) -> bool:
    return _is_unfit(character) or is_ignorable(character)


@cache
def _is_unfit(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "C" or category in ("Zl", "Zp")
