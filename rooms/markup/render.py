"""Rendering of message text to HTML that is safe in a page.

Three independent security boundaries: the parser supports neither raw HTML nor URL schemes beyond `links.SCHEMES`; nh3
passes only the tags and attributes below; the page creates its nodes from an allow-list (static/js/markup.js).
"""

import html
import re
from collections.abc import MutableMapping, Sequence
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from . import links
from .code import CLASSES, highlight
from .inline import FindUsers, add_links

MAX_NESTING = 16
# Limits of the HTML's length against the text's: a page of messages has to fit into a frame, whatever the markup.
MAX_GROWTH, MAX_GROWTH_CHARACTERS = 4, 2_000
# The fast path, which nearly every message takes: without a match there is nothing to parse.
MARKED = re.compile(r"[*_`\[\\<@]|~~|://|:[a-z0-9_+-]+:|^ {0,3}(?:>|[-+] |\d{1,9}[.)] )", re.MULTILINE)
# Line breaks added by the renderer: the page preserves white space, and would show them as empty lines.
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


def render(text: str, find_users: FindUsers) -> str:
    """The text as HTML; empty where that is just `plain(text)`.

    `find_users(names)` returns `{name: user id}` for the names of existing users.
    """
    if not MARKED.search(text):
        return ""
    tokens = parser.parse(text)
    # The parser drops text that is nested deeper.
    if any(token.level >= MAX_NESTING - 1 for token in tokens):
        return ""
    add_links(tokens, find_users)
    rendered = BETWEEN_BLOCKS.sub("", clean(parser.renderer.render(tokens, parser.options, {})))
    fits = len(rendered) <= MAX_GROWTH * len(text) + MAX_GROWTH_CHARACTERS
    return rendered if fits else ""


def plain(text: str) -> str:
    """The text as HTML without markup."""
    return f"<p>{html.escape(text, quote=False).replace(chr(10), '<br>')}</p>"


def line_break(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    return "<br>"


def make_parser() -> MarkdownIt:
    made = MarkdownIt("zero", {"maxNesting": MAX_NESTING, "highlight": highlight}).enable(RULES)
    made.validateLink = links.is_safe  # type: ignore[method-assign] # the documented way to set it
    made.add_render_rule("softbreak", line_break)
    made.add_render_rule("hardbreak", line_break)
    return made


parser = make_parser()
