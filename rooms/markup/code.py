"""Syntax highlighting by CSS classes; the page's Content-Security-Policy forbids inline styles.

Not by Pygments: some of its patterns backtrack for seconds on 8,000 hostile characters, and this runs on untrusted
input.
"""

import html
import re

from .languages import Language, find_language

CLASSES = {"comment", "deleted", "inserted", "keyword", "name", "number", "string"}


def highlight(code: str, language: str, _attributes: str) -> str:
    """The code as HTML, without highlighting for an unknown language. The parser's `highlight` callback."""
    known = find_language(language)
    if known is None:
        return escape(code)
    made: list[str] = []
    end = 0
    for found in known.pattern.finditer(code):
        name = css_class(found, known)
        if name:
            made += [escape(code[end : found.start()]), f'<span class="{name}">{escape(found[0])}</span>']
            end = found.end()
    return "".join([*made, escape(code[end:])])


def css_class(found: re.Match[str], language: Language) -> str:
    """`keyword` for the language's keywords, empty for any other word, else the group that matched."""
    if language.is_keyword(found[0]):
        return "keyword"
    return "" if found.lastgroup in (None, "word") else str(found.lastgroup)


def escape(code: str) -> str:
    return html.escape(code, quote=False)
