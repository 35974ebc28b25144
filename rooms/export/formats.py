"""Export formats: JSON for programs, HTML for people; both generated piece by piece."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from .export import Export


def as_json(export: Export) -> Iterator[str]:
    """`{…, "rooms": [{…, "messages": [message]}]}`, messages in the shape of `Message.to_dict`."""
    yield open_list(export.head, "rooms")
    for number, room in enumerate(export.rooms):
        yield ("," if number else "") + "\n" + open_list(room.head, "messages")
        separator = ""
        for messages in room.batches():
            yield separator + ",".join("\n" + encode(message) for message in messages)
            separator = ","
        yield "]}"
    yield "]}\n"


def open_list(head: Mapping[str, object], name: str) -> str:
    """The JSON of `head` with a further member `name`, up to the opening bracket of its list."""
    return f"{encode(head)[:-1]}, {encode(name)}: ["


def encode(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def as_html(export: Export) -> Iterator[str]:
    """A page without any resources: a section for each room, an article for each message."""
    title = format_html("{} · Tertulia", export.title)
    head = '<!doctype html>\n<html lang="{}">\n<meta charset="utf-8">\n<title>{}</title>\n<h1>{}</h1>\n'
    yield format_html(head, get_language(), title, title)
    yield facts(export.head)
    for room in export.rooms:
        yield format_html('<section>\n<h2 dir="auto">{}</h2>\n', room.head["name"])
        yield facts(room.head)
        for messages in room.batches():
            yield "".join(map(article, messages))
        yield "</section>\n"
    yield "</html>\n"


def facts(head: Mapping[str, object]) -> SafeString:
    """A definition list of what is not empty."""
    rows = [(key, value if isinstance(value, str | int) else encode(value)) for key, value in flatten(head) if value]
    return format_html("<dl>\n{}</dl>\n", format_html_join("", '<dt>{}</dt><dd dir="auto">{}</dd>\n', rows))


def flatten(head: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """The members of `head`, with those of a nested object in place of the object."""
    for key, value in head.items():
        yield from value.items() if isinstance(value, dict) else [(key, value)]


def article(message: Mapping[str, Any]) -> SafeString:
    """A message; its `html` is safe (`rooms.markup`)."""
    template = '<article id="{}-{}"><p><b>{}</b> <time datetime="{}">{}</time>{}</p>{}</article>\n'
    author = message["author"]["name"] if message["author"] else _("deleted user")
    edited = format_html(" <i>{}</i>", _("edited")) if message["edited"] else ""
    text = format_html("<p><i>{}</i></p>", _("erased")) if message["erased"] else mark_safe(message["html"])  # noqa: S308 # nosec B308 B703
    return format_html(template, message["seq"], message["id"], author, message["at"], message["at"], edited, text)


FORMATS: Mapping[str, tuple[Callable[[Export], Iterator[str]], str]] = {
    "json": (as_json, "application/json"),
    "html": (as_html, "text/html; charset=utf-8"),
}
