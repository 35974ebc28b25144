"""Private words are not used where the field has a word for the same thing."""

import re
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.footing("embedded")

ROOT = Path(__file__).resolve().parent.parent
# The list itself, and what is not ours.
EXEMPT = ("LICENSE", "tests/test_words.py", "bench/peers/")
SUFFIXES = {".py", ".js", ".md", ".html", ".toml", ".yml", ".css", ".conf", ".service"}

# Pattern and the word to use instead.
BANNED = {
    r"doorbells?": "pubsub",
    r"peals?": "batch of events",
    r"tidings": "change events",
    r"gatherers?": "batcher",
    r"forlorn": "ownerless",
    r"reunited": "owner_back",
    r"caretakers?": "room expiry",
    r"housekeepers?": "cleanup",
    r"couriers?": "dispatcher",
    r"switchboards?": "stream router",
    r"has_say": "can_moderate",
    r"kept_out": "removed",
    r"unsign(?:s|ing)?": "anonymise",
    r"departures?": "account deletion",
    r"desks?": "staff site",
    r"narrowings?": "list filter",
    r"sayable": "validate_text",
    r"belongings": "bootstrap",
    r"clearing_up": "cleanup",
    r"own_figures": "process metrics",
    r"gently": "online",
    r"guarded": "security headers",
    r"let_others_in": "release a slot",
    r"whoever has": "the holder",
    r"whoever": "a client, a user, the process that",
    r"way_back": "websocket probe",
    r"somebody": "a user, a client",
    r"\basides\b": "system messages",
}
PATTERN = re.compile("|".join(rf"(?<![A-Za-z]){word}(?![A-Za-z])" for word in BANNED), re.IGNORECASE)
# Sentences for people have a glossary of their own.
TRANSLATED = re.compile(
    r"""(?:_|gettext|gettext_lazy|ngettext)\(\s*["'(].*?["']\s*[,)]|{%\s*(?:trans|translate|blocktrans).*?%}""", re.S
)
# Names that must not change: on the bus (rolling upgrade), in the public protocol, and of a table.
FIXED_NAMES = re.compile(
    r""""(?:peal|departed|housekeeping|accounts_departure)\""""
    r"""|["`](?:\w+ )*kept_out(?: \w+)*["`]"""
)


def written_files():
    names = subprocess.run(["git", "-C", ROOT, "ls-files"], check=True, capture_output=True, text=True).stdout.split()
    chosen = [name for name in names if Path(name).suffix in SUFFIXES or name == "Makefile"]
    return [name for name in chosen if not name.startswith(EXEMPT) and "/migrations/" not in name]


def private_words(text):
    """Return `(line, word)` of every private word in the text."""
    kept = FIXED_NAMES.sub(lambda found: " " * len(found[0]), TRANSLATED.sub(blank, text))
    return [(kept.count("\n", 0, found.start()) + 1, found[0]) for found in PATTERN.finditer(kept)]


def blank(found):
    """Return the line breaks of a match, so that line numbers stay right."""
    return "\n" * found[0].count("\n")


def test_only_the_fields_words_are_used():
    found = [
        f"{name}:{line}: {word}"
        for name in written_files()
        if (ROOT / name).exists()
        for line, word in private_words((ROOT / name).read_text())
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    ["the Doorbell rings", "kept_out = []", "is kept_out of", "class Courier:", "whoever connects", "of somebody else"],
)
def test_private_word_is_found(text):
    assert private_words(text)


@pytest.mark.parametrize("text", ['_("Whoever comes")', '{"type": "peal"}', "code `kept_out`", "desktop", "appeal"])
def test_other_words_are_not(text):
    assert not private_words(text)
