"""Words that this project once used for itself, and no longer does: the field has words for these things."""

import re
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.footing("embedded")

ROOT = Path(__file__).resolve().parent.parent
# What is written here and never changed again, and sentences for people, which have a glossary of their own.
EXEMPT = ("CHANGELOG.md", "LICENSE", "tests/test_words.py", "bench/peers/")
SUFFIXES = {".py", ".js", ".md", ".html", ".toml", ".yml", ".css", ".conf", ".service"}

# Each with the word to use instead.
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
    r"anonymise_batch(?:s|ed|ing)?": "anonymise",
    r"departures?": "account deletion",
    r"desks?": "staff site",
    r"narrowings?": "list filter",
    r"sayable": "validate_text",
    r"belongings": "bootstrap",
    r"clearing_up": "cleanup",
    r"own_figures": "process metrics",
    r"gently": "online",
    r"guarded": "security headers",
    r"release_slot": "release a slot",
    r"whoever has": "the holder",
    r"whoever": "a client, a user, the process that",
    r"way_back": "websocket probe",
    r"\basides\b": "system messages",
}
PATTERN = re.compile("|".join(rf"(?<![A-Za-z]){word}(?![A-Za-z])" for word in BANNED), re.IGNORECASE)
# Strings that people read are left to the catalogue's own glossary; wire names stay for a rolling upgrade.
TRANSLATED = re.compile(
    r"""(?:_|gettext|gettext_lazy|ngettext)\(\s*["'(].*?["']\s*[,)]|{%\s*(?:trans|translate|blocktrans).*?%}""", re.S
)
WIRE_NAMES = re.compile(r""""(?:peal|departed|housekeeping)\"""")


def written_files():
    names = subprocess.run(["git", "-C", ROOT, "ls-files"], check=True, capture_output=True, text=True).stdout.split()
    chosen = [name for name in names if Path(name).suffix in SUFFIXES or name == "Makefile"]
    return [name for name in chosen if not name.startswith(EXEMPT) and "/migrations/" not in name]


def private_words(text):
    """Line numbers and words."""
    kept = WIRE_NAMES.sub(lambda found: " " * len(found[0]), TRANSLATED.sub(blank, text))
    return [(kept.count("\n", 0, found.start()) + 1, found[0]) for found in PATTERN.finditer(kept)]


def blank(found):
    """As many line breaks as the text had."""
    return "\n" * found[0].count("\n")


def test_only_the_fields_words_are_used():
    found = [
        f"{name}:{line}: {word}"
        for name in written_files()
        if (ROOT / name).exists()
        for line, word in private_words((ROOT / name).read_text())
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("text", ["the Doorbell rings", "kept_out = []", "class Courier:", "whoever connects"])
def test_private_word_is_found(text):
    assert private_words(text)


@pytest.mark.parametrize("text", ['_("Whoever comes")', '{"type": "peal"}', "desktop", "appeal"])
def test_other_words_are_not(text):
    assert not private_words(text)
