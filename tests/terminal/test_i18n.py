"""Translations of the terminal client's own sentences."""

import ast
from pathlib import Path

import pytest

import tertulia_terminal
from tertulia_terminal.i18n import SPANISH, locale_language

pytestmark = pytest.mark.footing("embedded")

TRANSLATING_CALLS = {"translate", "_translate", "gettext_noop"}


def test_every_sentence_is_translated_and_used():
    files = Path(tertulia_terminal.__file__).parent.rglob("*.py")
    sentences = {sentence for path in files for sentence in translated_sentences(ast.parse(path.read_text()))}
    assert sentences == set(SPANISH)


def translated_sentences(tree):
    """Yield the literals passed to a translator or marked for one in a syntax tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in TRANSLATING_CALLS:
            yield from (argument.value for argument in node.args if isinstance(argument, ast.Constant))


@pytest.mark.parametrize(
    ("environment", "language"),
    [({}, "en"), ({"LANG": "es_AR.UTF-8"}, "es"), ({"LANG": "es", "LC_ALL": "C"}, "en"), ({"LANG": "de_DE"}, "en")],
)
def test_language_follows_the_locale(environment, language):
    assert locale_language(environment) == language
