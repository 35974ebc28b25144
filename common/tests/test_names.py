"""Which names are the same to a reader."""

import sys
import unicodedata

import pytest

from common import names

pytestmark = pytest.mark.once("embedded")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ana", "аna"),  # Cyrillic a
        ("ana", "αna"),  # Greek alpha
        ("Ana", "АNА"),
        ("paypal", "paypa1"),
        ("paypal", "PAYPA|"),
        ("bob", "b0b"),
        ("bob", "BOB"),
        ("BOB", "B0B"),
        ("modem", "rnodern"),
        ("Garner", "gamer"),
        ("josé", "jose\u0301"),
        ("ana", "ａｎａ"),
        ("ana", "𝒶𝓃𝒶"),
        ("fiesta", "ﬁesta"),
        ("straße", "STRASSE"),
        ("ana", "an\u200ba"),
        ("ana", "an\u00ada"),
        ("ana", "an\ufe0fa"),
        ("ana\u202e", "ana"),
        ("book club", "  Book \u00a0 club\n"),
        ("книга", "КНИГА"),
    ],
)
def test_names_that_read_alike_share_a_key(one, other):
    assert names.key(one) == names.key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Elia", "Ella"),
        ("Ian", "Lan"),
        ("ana", "anna"),
        ("jose", "josé"),
        ("bruno", "brunu"),
        ("ana-maria", "ana.maria"),
        ("sala 2", "sala 3"),
        ("книга", "книги"),
        ("東京", "京都"),
        ("maría", "marta"),
        ("peña", "pena"),
    ],
)
def test_ordinary_different_names_stay_different(one, other):
    assert names.key(one) != names.key(other)
    assert names.look(one) != names.look(other)


@pytest.mark.parametrize(
    ("one", "other"), [("paypaI", "paypal"), ("PaypaI", "paypal"), ("AIice", "alice"), ("PaypaІ", "Paypal")]
)
def test_a_capital_i_looks_like_a_small_l(one, other):
    assert names.look(one) == names.look(other)


def test_the_key_of_a_key_is_itself():
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        if unicodedata.category(character) not in ("Cn", "Co", "Cs"):
            key = names.key(character)
            assert names.key(key) == key, hex(number)


def test_a_key_fits_its_column_however_long_it_grows():
    """50 characters of a room's name in 400, 25 of a user's in 200."""
    whole = [chr(n) for n in range(sys.maxunicode + 1) if unicodedata.category(chr(n)) not in ("Cn", "Co", "Cs")]
    stable = [character for character in whole if unicodedata.is_normalized("NFKC", character)]
    assert max(len(names.key(character)) for character in stable) <= 8
    assert max(len(names.look(character)) for character in stable) <= 8


@pytest.mark.parametrize("text", ["a\0b", "\ud800ana", "ana\u202e", "\x1b[31mana", "\U000e0041ana"])
def test_a_key_holds_nothing_that_a_database_refuses(text):
    assert not [c for c in names.key(text) if unicodedata.category(c).startswith("C")]


@pytest.mark.parametrize("text", ["Main", "sala de estar", "東京", "कक्षा", "Ünïcödé", "🎉", "❤️ books", "a|b"])
def test_names_in_any_script_are_presentable(text):
    assert names.is_presentable(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a\0b",
        "a\u202eb",
        "a\u200bb",
        "\u3164",
        "\u2800",
        "\u0301",
        "a\ue000",
        "a\ud800",
        "a\U000e0fff",
        "\u2028",
    ],
)
def test_names_that_hide_something_or_show_nothing_are_not_presentable(text):
    assert not names.is_presentable(text)


def test_a_strangers_text_is_quoted_short_and_harmless():
    assert names.shown("  Book \n club ") == "Book club"
    assert names.shown("evil\u202egnp.exe\0") == "evil\ufffdgnp.exe\ufffd"
    assert names.shown("x" * 9000) == "x" * 49 + "…"


@pytest.mark.parametrize("use", [names.clean, names.key, names.look, names.shown])
@pytest.mark.parametrize("text", ["\u0301\u0323" * 16_000, "a\u0323\u0301" * 16_000, " " * 32_000 + "a"])
def test_only_the_beginning_of_what_can_be_no_name_is_looked_at(use, text):
    beginning = " ".join(text.split())[: names.MOST_CHARACTERS]
    assert use(text) == use(beginning)
    assert len(use(text)) <= names.MOST_CHARACTERS
