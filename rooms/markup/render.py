"""From text to HTML that is safe to put into a page.

Three doors, each enough by itself: the parser knows no raw HTML and no other schemes than `links.SCHEMES`; nh3 lets
only the tags and attributes below pass; the page builds its nodes from a list of its own.
"""

import html
import re

import nh3
from markdown_it import MarkdownIt

from . import links
from .code import CLASSES, highlighted
from .inline import decorate

NESTED_BLOCKS = 16
# A text may grow so much by its markup: a page of messages has to fit into a frame, whatever people write.
GROWTH, GROWTH_CHARACTERS = 4, 2_000
# Nothing of it: nothing to parse. Nearly all that is said in a chat takes this way.
MARKED = re.compile(r"[*_`\[\\<@]|~~|://|:[a-z0-9_+-]+:|^ {0,3}(?:>|[-+] |\d{1,9}[.)] )", re.MULTILINE)
# The renderer's own line ends would stand there as empty lines where the page shows blanks as they were typed.
BETWEEN_BLOCKS = re.compile(r"\n(?=</?(?:p|blockquote|ul|ol|li|pre)[ >]|\Z)")
RULES = [
    *("blockquote", "fence", "list"),
    *("autolink", "backticks", "emphasis", "escape", "link", "newline", "strikethrough"),
]

clean = nh3.Cleaner(
    tags={"a", "blockquote", "br", "code", "em", "li", "ol", "p", "pre", "s", "span", "strong", "ul"},
    attributes={"*": set(), "a": {"href"}, "ol": {"start"}, "span": {"data-user"}},
    allowed_classes={"span": {"mention", *CLASSES}},
    set_tag_attribute_values={"a": {"target": "_blank"}},
    link_rel="noopener noreferrer nofollow",
    url_schemes=set(links.SCHEMES),
    url_relative="deny",
).clean


def render(text, find_people):
    """`text` as HTML, or "" where that would be no more than `plain(text)`.

    `find_people(names)` answers `{name: user id}` for those of the names that are people's.
    """
    if not MARKED.search(text):
        return ""
    tokens = parser.parse(text)
    # Deeper than that the parser leaves text out.
    if any(token.level >= NESTED_BLOCKS - 1 for token in tokens):
        return ""
    decorate(tokens, find_people)
    rendered = BETWEEN_BLOCKS.sub("", clean(parser.renderer.render(tokens, parser.options, {})))
    fits = len(rendered) <= GROWTH * len(text) + GROWTH_CHARACTERS
    return rendered if fits else ""


def plain(text):
    """`text` as it stands, as HTML."""
    return f"<p>{html.escape(text, quote=False).replace(chr(10), '<br>')}</p>"


def line_break(renderer, tokens, index, options, env):
    return "<br>"


def make_parser():
    made = MarkdownIt("zero", {"maxNesting": NESTED_BLOCKS, "highlight": highlighted}).enable(RULES)
    made.validateLink = links.is_safe  # type: ignore[method-assign] # as the parser's own page says
    made.add_render_rule("softbreak", line_break)
    made.add_render_rule("hardbreak", line_break)
    return made


parser = make_parser()
