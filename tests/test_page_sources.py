"""What the browser is given: no word outside the catalogues, and nothing from another host."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = sorted((ROOT / "static").rglob("*.js"))
PAGES = sorted(
    path for folder in ("templates", "static", "accounts", "rooms") for path in (ROOT / folder).rglob("*.html")
)
STYLES = sorted((ROOT / "static").rglob("*.css"))

NAMES = r"[\w*$,{}\s]+\sfrom\s*"
IMPORT = re.compile(rf"""^\s*(?:import\s+(?:{NAMES})?|export\s+{NAMES})["'][^"'\n]+["'](?P<end>.?)""", re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)
LITERAL = re.compile(r"""(["'`])((?:\\.|(?!\1).)*)\1""")
# Two words or more that begin like a sentence or end like one; selectors and class lists do neither.
SENTENCE = re.compile(r"^\s*[A-ZÁÉÍÓÚÑ¿¡]\w*[,;:]? +\w+|\w{2,} \w{2,}[^<>]*[.!?…]$")
OTHER_HOST = re.compile(r"(?:https?:|wss?:)?//[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}", re.IGNORECASE)
# Names of XML vocabularies, which nobody fetches.
VOCABULARIES = re.compile(r"http://www\.w3\.org/\S*")
TEMPLATE_TAG = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
INLINE = re.compile(r"""<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)(?![^>]*type="application/json")""")


def each(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda path: str(path.relative_to(ROOT)))


@each(SCRIPTS)
def test_import_lines_end_in_a_semicolon(path):
    """Django's hashing passes over those that do not, and the browser then asks for a name that is gone."""
    assert [found.group(0) for found in IMPORT.finditer(path.read_text()) if found["end"] != ";"] == []


@each(SCRIPTS)
def test_scripts_hold_no_sentences(path):
    code = COMMENT.sub("", path.read_text())
    assert [found[2] for found in LITERAL.finditer(code) if SENTENCE.search(found[2])] == []


@each(SCRIPTS + PAGES + STYLES)
def test_nothing_comes_from_another_host(path):
    assert OTHER_HOST.findall(VOCABULARIES.sub("", path.read_text())) == []


@each(PAGES)
def test_pages_hold_no_script_and_no_style_of_their_own(path):
    """The content security policy would refuse them."""
    html = TEMPLATE_TAG.sub("", path.read_text())
    assert INLINE.findall(html) == []
