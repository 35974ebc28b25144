"""Code in colours: as classes, for the page's policy allows no styles inside of HTML.

Not by Pygments: some of its patterns take seconds for 8,000 characters made to hurt them, and this runs for whatever
anybody sends.
"""

import html

from .languages import named

CLASSES = {"comment", "deleted", "inserted", "keyword", "name", "number", "string"}


def highlighted(code, language, attributes):
    """The code as HTML; in one colour if the language is not among ours."""
    known = named(language)
    if known is None:
        return escaped(code)
    made, end = [], 0
    for found in known.pattern.finditer(code):
        name = class_of(found, known)
        if name:
            made += [escaped(code[end : found.start()]), f'<span class="{name}">{escaped(found[0])}</span>']
            end = found.end()
    return "".join([*made, escaped(code[end:])])


def class_of(found, language):
    """A word of the language's own is a keyword, another word nothing at all."""
    if language.is_keyword(found[0]):
        return "keyword"
    return "" if found.lastgroup == "word" else found.lastgroup


def escaped(code):
    return html.escape(code, quote=False)
