"""Scripts, styles and pages: no untranslated words, nothing from other hosts, no inline scripts."""

import re
from pathlib import Path

import pytest

from common.http.static_files import without_comments

pytestmark = pytest.mark.footing("embedded")

ROOT = Path(__file__).resolve().parent.parent
JS = ROOT / "static" / "js"
# Modules loaded by pages; all others are imported by one of these.
ENTRIES = ["app.js", "lab/lab.js", "lib/preferences.js", "lib/api_docs.js", "lib/page_errors.js", "pwa/local_data.js"]
GENERATED = {"frames.d.ts"}  # by `make protocol`
SCRIPTS = sorted((ROOT / "static").rglob("*.js"))
PAGES = sorted(
    path
    for folder in ("templates", "static", "accounts", "chatsite", "common", "ops", "rooms")
    for path in (ROOT / folder).rglob("*.html")
)
STYLES = sorted((ROOT / "static").rglob("*.css"))

NAMES = r"[\w*$,{}\s]+\sfrom\s*"
IMPORT = re.compile(rf"""^\s*(?:import\s+(?:{NAMES})?|export\s+{NAMES})["'][^"'\n]+["'](?P<end>.?)""", re.MULTILINE)
IMPORTED = re.compile(r"""^(?:import|export)\b[^;]*?["'](\.{1,2}/[\w/.]+\.js)["'];""", re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)
MULTILINE = re.compile(r"`[^`]*`")
LITERAL = re.compile(r"""(["'`])((?:\\.|(?!\1).)*)\1""")
# Two words or more that begin like a sentence or end like one; selectors and class lists do neither.
SENTENCE = re.compile(r"^\s*[A-ZÁÉÍÓÚÑ¿¡]\w*[,;:]? +\w+|\w{2,} \w{2,}[^<>]*[.!?…]$")
# Assignments shown on the page: letters in their literals, outside placeholders, are words.
SINKS = r"textContent|innerText|title|placeholder|alt|ariaLabel|ariaDescription|ariaRoleDescription|ariaValueText"
ATTRIBUTES = r"""(?:aria-label|aria-description|title|alt|placeholder)"""
SHOWN = re.compile(
    rf"""(?:\.(?:{SINKS})\s*=(?!=)|setAttribute\(["']{ATTRIBUTES}["'],|\b(?:alert|confirm|prompt|createTextNode)\()"""
    r"""(?P<value>[^;]*)"""
)
LETTERS = re.compile(r"[^\W\d_]{2}")
NAMED = re.compile(
    r"""(?:words|countedWords|querySelector|getElementById|getAttribute)\([^)]*\)|\$\{[^}]*\}|[=!]== *["'][^"']*["']"""
)
AS_MARKUP = re.compile(r"\.(?:innerHTML|outerHTML)\s*=|insertAdjacentHTML|document\.write|DOMParser|setHTMLUnsafe")
OTHER_HOST = re.compile(r"(?:https?:|wss?:)?//[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}", re.IGNORECASE)
# Names of XML namespaces, which are not fetched.
VOCABULARIES = re.compile(r"http://www\.w3\.org/\S*")
TEMPLATE_TAG = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
INLINE = re.compile(r"""<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)(?![^>]*type="application/json")""")


def each(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda path: str(path.relative_to(ROOT)))


@each(SCRIPTS)
def test_import_lines_end_in_a_semicolon(path):
    """Django's static file hashing ignores others, so the browser would request an unhashed name."""
    assert [found.group(0) for found in IMPORT.finditer(path.read_text()) if found["end"] != ";"] == []


def modules_of(entry):
    """Return the paths below static/js of a script and of all modules that it imports."""
    needed, found = set(), {(JS / entry).resolve()}
    while found - needed:
        module = (found - needed).pop()
        needed.add(module)
        found |= {(module.parent / name).resolve() for name in IMPORTED.findall(module.read_text())}
    return {str(module.relative_to(JS)) for module in needed}


def test_all_modules_of_the_chat_are_preloaded():
    """Otherwise the browser would find them one after another, with a round trip each."""
    preloaded = re.findall(r"'js/([\w/]+\.js)'", (ROOT / "templates" / "rooms" / "modules.html").read_text())
    assert len(preloaded) == len(set(preloaded))
    assert set(preloaded) == modules_of("app.js") - {"app.js"}


@pytest.mark.parametrize("entry", ENTRIES)
def test_imported_modules_exist(entry):
    assert [name for name in modules_of(entry) if not (JS / name).is_file()] == []


def test_every_module_belongs_to_a_page():
    used = set().union(*(modules_of(entry) for entry in ENTRIES)) | {"pwa/service_worker.js"}
    assert used == {str(path.relative_to(JS)) for path in SCRIPTS}


@pytest.mark.parametrize("folder", sorted({path.parent for path in SCRIPTS}), ids=lambda folder: folder.name)
def test_folders_and_files_of_scripts_stay_small(folder):
    lines = {path.name: len(path.read_text().splitlines()) for path in folder.glob("*.[jt]s")}
    assert max(lines.values()) <= 300
    assert sum(count for name, count in lines.items() if name not in GENERATED) <= 900


@each(SCRIPTS)
def test_scripts_without_comments_keep_their_lines(path):
    """Browsers get scripts without comments; lines of template literals that look like comments would be lost."""
    source = path.read_text()
    code = without_comments(source)
    assert [found for found in MULTILINE.findall(COMMENT.sub("", source)) if "\n" in found] == []
    assert len(code.splitlines()) == len(source.splitlines())
    assert all(line in ("", kept) for line, kept in zip(code.splitlines(), source.splitlines(), strict=True))


def test_comments_within_lines_are_kept():
    code = "a(/** @type {X} */ (b));\n/** one\n * two */\n  // three\nc(); // four\n"
    assert without_comments(code) == "a(/** @type {X} */ (b));\n\n\n\nc(); // four\n"


@each(SCRIPTS)
def test_scripts_hold_no_sentences(path):
    code = COMMENT.sub("", path.read_text())
    assert [found[2] for found in LITERAL.finditer(code) if SENTENCE.search(found[2])] == []


def words_in(code):
    """Yield literals that a script shows untranslated."""
    for found in SHOWN.finditer(COMMENT.sub("", code)):
        literals = LITERAL.finditer(NAMED.sub("", found["value"]))
        yield from (literal[2] for literal in literals if LETTERS.search(literal[2]))


@each(SCRIPTS)
def test_scripts_show_no_literal_words(path):
    """Not even single words, which need a translation too."""
    assert list(words_in(path.read_text())) == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('button.textContent = "Send";', ["Send"]),
        ("line.title = `${name} wrote`;", [" wrote"]),
        ('a.textContent = done ? "yes" : words("no");', ["yes"]),
        ('a.setAttribute("aria-label", "Close");', ["Close"]),
        ('confirm("Sure?");', ["Sure?"]),
        ('a.textContent = words("send"); b.title = "…"; c.textContent = `${count} · ${name}`;', []),
    ],
)
def test_literal_word_is_found(code, found):
    assert list(words_in(code)) == found


@each(SCRIPTS)
def test_only_one_script_parses_html(path):
    """It has the only Trusted Types policy that the chat allows."""
    assert path.name == "trusted_types.js" or AS_MARKUP.findall(COMMENT.sub("", path.read_text())) == []


@each(SCRIPTS + PAGES + STYLES)
def test_no_file_loads_from_another_host(path):
    assert OTHER_HOST.findall(VOCABULARIES.sub("", path.read_text())) == []


@each(PAGES)
def test_pages_have_no_inline_scripts_or_styles(path):
    """The content security policy would block them."""
    html = TEMPLATE_TAG.sub("", path.read_text())
    assert INLINE.findall(html) == []
