"""What is found in running text without any marks around it: addresses, people's names, short codes of emoji."""

import re

from markdown_it.common.normalize_url import normalizeLink
from markdown_it.token import Token

from .emoji import EMOJI
from .links import without_tail

MENTIONS = 20
# Letters and marks of any script: what cannot stand in a name is easier to say.
IN_NAME = r"[^\s@#,;:!?¡¿()\[\]{}<>\"'«»“”‘’…/\\|*~`&%$^+=]"
FOUND = re.compile(
    rf"(?P<address>https?://[^\s<>\"]+)|(?<!{IN_NAME})@(?P<name>{IN_NAME}{{4,27}})(?!{IN_NAME})|:(?P<code>[a-z0-9_+-]+):",
    re.IGNORECASE,
)


def decorate(tokens, find_people):
    """Put links, mentions and emoji into the texts of the parser's `tokens`."""
    paragraphs = [token for token in tokens if token.type == "inline"]
    people = find_people(names_in(paragraphs))
    for paragraph in paragraphs:
        paragraph.children = [new for old, linked in with_links(paragraph) for new in parts(old, linked, people)]


def with_links(paragraph):
    """Each token of a paragraph, and whether it stands inside a link: no link stands in another."""
    depth = 0
    for token in paragraph.children:
        depth += token.nesting if token.type.startswith("link_") else 0
        yield token, depth > 0


def names_in(paragraphs):
    """Every way to read the names that are mentioned: a full stop may be part of one, or end the sentence."""
    texts = [token.content for paragraph in paragraphs for token in paragraph.children if token.type == "text"]
    typed = [found["name"] for text in texts for found in FOUND.finditer(text) if found["name"]]
    return {way for name in typed[:MENTIONS] for way in (name, name.rstrip(".-_"))}


def parts(token, linked, people):
    if token.type != "text":
        return [token]
    made, end = [], 0
    for found in FOUND.finditer(token.content):
        length, tokens = piece(found, linked, people)
        if tokens:
            made += [text(token.content[end : found.start()]), *tokens]
            end = found.start() + length
    return [*made, text(token.content[end:])]


def piece(found, linked, people):
    """How many characters of what was `found` are replaced, and by which tokens; none if it means nothing."""
    if found["address"]:
        address = without_tail(found["address"])
        return len(address), [] if linked else link(address)
    if found["name"]:
        name = next((way for way in (found["name"], found["name"].rstrip(".-_")) if way in people), "")
        return len(name) + 1, mention(name, people[name]) if name else []
    emoji = EMOJI.get(found["code"].lower())
    return len(found[0]), [text(emoji)] if emoji else []


def text(content):
    return Token("text", "", 0, content=content)


def link(address):
    opening = Token("link_open", "a", 1, attrs={"href": normalizeLink(address)})
    return [opening, text(address), Token("link_close", "a", -1)]


def mention(name, user_id):
    opening = Token("mention_open", "span", 1, attrs={"class": "mention", "data-user": str(user_id)})
    return [opening, text(f"@{name}"), Token("mention_close", "span", -1)]
