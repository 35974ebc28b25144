"""Substitution of control characters in text from other people."""

import pytest

from tertulia_terminal.sanitize import sanitize

pytestmark = pytest.mark.footing("embedded")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ñ 日本 👩\u200d👩\u200d👧", "plain ñ 日本 👩\u200d👩\u200d👧"),
        ("a\x1b[31mb", "a␛[31mb"),
        ("a\u202eb\u2066c", "a\ufffdb\ufffdc"),
        ("\x9b\x7f\r", "\ufffd\ufffd␍"),
        ("two\nlines", "two lines"),
        ("e" + "\u0301" * 50, "e" + "\u0301" * 4),
    ],
)
def test_unsafe_characters_become_visible(text, shown):
    assert sanitize(text) == shown
