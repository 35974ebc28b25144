"""Links, mentions and emoji short codes in running text."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from markdown_it.common.normalize_url import normalizeLink
from markdown_it.token import Token

from .emoji import EMOJI
from .links import without_tail

MAX_MENTIONS = 20
# The characters of a user name by exclusion: letters and marks of any script are allowed.
IN_NAME = r"[^\s@#,;:!?¡¿()\[\]{}<>\"'«»“”‘’…/\\|*~`&%$^+=]"
FOUND = re.compile(
    rf"(?P<address>https?://[^\s<>\"]+)|(?<!{IN_NAME})@(?P<name>{IN_NAME}{{4,27}})(?!{IN_NAME})|:(?P<code>[a-z0-9_+-]+):",
    re.IGNORECASE,
)


UserIds = Mapping[str, int]  # by user name, as typed
FindUsers = Callable[[Collection[str]], UserIds]


def add_links(tokens: Sequence[Token], find_users: FindUsers) -> None:
    """Replace URLs, mentions and emoji short codes in the text of the parser's tokens."""
    paragraphs = [token for token in tokens if token.type == "inline"]
    users = find_users(mentioned_names(paragraphs))
    for paragraph in paragraphs:
        paragraph.children = [new for old, in_link in with_link_state(paragraph) for new in split(old, in_link, users)]


def with_link_state(paragraph: Token) -> Iterator[tuple[Token, bool]]:
    """Each token of a paragraph, and whether it is inside a link: links do not nest."""
    depth = 0
    for token in paragraph.children or []:
        depth += token.nesting if token.type.startswith("link_") else 0
        yield token, depth > 0


def mentioned_names(paragraphs: Sequence[Token]) -> set[str]:
    """All readings of the names after `@`: a full stop can belong to the name or end the sentence."""
    children = [token for paragraph in paragraphs for token in paragraph.children or []]
    texts = [token.content for token in children if token.type == "text"]
    typed = [found["name"] for text in texts for found in FOUND.finditer(text) if found["name"]]
    return {reading for name in typed[:MAX_MENTIONS] for reading in readings(name)}


def readings(name: str) -> tuple[str, str]:
    return name, name.rstrip(".-_")


def split(token: Token, in_link: bool, users: UserIds) -> list[Token]:
    """A token with everything found in its text replaced by tokens of their own."""
    if token.type != "text":
        return [token]
    made: list[Token] = []
    end = 0
    for found in FOUND.finditer(token.content):
        length, tokens = replacement(found, in_link, users)
        if tokens:
            made += [text(token.content[end : found.start()]), *tokens]
            end = found.start() + length
    return [*made, text(token.content[end:])]


def replacement(found: re.Match[str], in_link: bool, users: UserIds) -> tuple[int, list[Token]]:
    """The number of characters to replace, and the tokens to replace them with; no tokens to leave the text."""
    if found["address"]:
        address = without_tail(found["address"])
        return len(address), [] if in_link else link(address)
    if found["name"]:
        name = next((reading for reading in readings(found["name"]) if reading in users), "")
        return len(name) + 1, mention(name, users[name]) if name else []
    emoji = EMOJI.get(found["code"].lower())
    return len(found[0]), [text(emoji)] if emoji else []


def text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def link(address: str) -> list[Token]:
    opening = Token("link_open", "a", 1, attrs={"href": normalizeLink(address)})
    return [opening, text(address), Token("link_close", "a", -1)]


def mention(name: str, user_id: int) -> list[Token]:
    opening = Token("mention_open", "span", 1, attrs={"class": "mention", "data-user": str(user_id)})
    return [opening, text(f"@{name}"), Token("mention_close", "span", -1)]
