"""Exports as files: JSON for programs, HTML for people. Both come piece by piece."""

import json

from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _


def as_json(export):
    """`{…, "rooms": [{…, "messages": [message]}]}`, each message in the shape it has everywhere."""
    yield opened(export.head, "rooms")
    for number, chapter in enumerate(export.chapters):
        yield ("," if number else "") + "\n" + opened(chapter.head, "messages")
        between = ""
        for messages in chapter.pieces():
            yield between + ",".join("\n" + encoded(message) for message in messages)
            between = ","
        yield "]}"
    yield "]}\n"


def opened(head, last):
    """An object that has all of `head`, and then begins a list."""
    return f"{encoded(head)[:-1]}, {encoded(last)}: ["


def encoded(value):
    return json.dumps(value, ensure_ascii=False)


def as_html(export):
    """One page that needs nothing else: a section a room, a paragraph a message."""
    title = format_html("{} · Tertulia", export.title)
    head = '<!doctype html>\n<html lang="{}">\n<meta charset="utf-8">\n<title>{}</title>\n<h1>{}</h1>\n'
    yield format_html(head, get_language(), title, title)
    yield facts(export.head)
    for chapter in export.chapters:
        yield format_html('<section>\n<h2 dir="auto">{}</h2>\n', chapter.head["name"])
        yield facts(chapter.head)
        for messages in chapter.pieces():
            yield "".join(map(line, messages))
        yield "</section>\n"
    yield "</html>\n"


def facts(head):
    rows = [(key, value if isinstance(value, str | int) else encoded(value)) for key, value in flat(head) if value]
    return format_html("<dl>\n{}</dl>\n", format_html_join("", '<dt>{}</dt><dd dir="auto">{}</dd>\n', rows))


def flat(head):
    """Without the one object in it, whose fields stand beside the others."""
    for key, value in head.items():
        yield from value.items() if isinstance(value, dict) else [(key, value)]


def line(message):
    """A message as its own page, too, shows it: its HTML is safe (`rooms.markup`)."""
    words = '<article id="{}-{}"><p><b>{}</b> <time datetime="{}">{}</time>{}</p>{}</article>\n'
    author = message["author"]["name"] if message["author"] else _("deleted user")
    edited = format_html(" <i>{}</i>", _("edited")) if message["edited"] else ""
    text = format_html("<p><i>{}</i></p>", _("erased")) if message["erased"] else mark_safe(message["html"])  # noqa: S308 # nosec B308 B703
    return format_html(words, message["seq"], message["id"], author, message["at"], message["at"], edited, text)


FORMATS = {"json": (as_json, "application/json"), "html": (as_html, "text/html; charset=utf-8")}
