"""What the terminal client says, and what of others it shows."""

import ast
from pathlib import Path

import pytest

from clients import terminal

pytestmark = pytest.mark.footing("embedded")


def test_every_sentence_is_translated_and_used():
    asked = Words()
    calls = ast.walk(ast.parse(Path(terminal.__file__).read_text()))
    for call in calls:
        asked.look(call)
    said = asked.sentences | {*terminal.ENDS.values(), terminal.HINT}
    assert said == set(terminal.SPANISH)


class Words:
    """The sentences that a syntax tree hands to `words(…)`, to `Refused(…)` or into a line's `state`."""

    def __init__(self):
        self.sentences = set()

    def look(self, node):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in (
            "words",
            "Refused",
        ):
            self.sentences |= {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "attr", "") == "state":
            self.sentences.add(node.value.elts[0].value)


@pytest.mark.parametrize(
    ("environment", "language"),
    [({}, "en"), ({"LANG": "es_AR.UTF-8"}, "es"), ({"LANG": "es", "LC_ALL": "C"}, "en"), ({"LANG": "de_DE"}, "en")],
)
def test_the_language_is_the_locales(environment, language):
    assert terminal.language_of(environment) == language


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
def test_harmless(text, shown):
    assert terminal.harmless(text) == shown
