"""Formatting of messages, notices and dividers as lines of the terminal."""

from collections.abc import Callable
from datetime import datetime

from .i18n import Translator
from .printer import Fragments
from .protocol.objects import MessageJSON, RoomJSON
from .sanitize import sanitize

AUTHOR_COLOURS = (
    "ansigreen",
    "ansiyellow",
    "ansiblue",
    "ansimagenta",
    "ansicyan",
    "ansibrightgreen",
    "ansibrightblue",
)
CONTINUATION_INDENT = 6


class Transcript:
    """Formatter that passes each line to `print_line`; all text from the server is sanitized here."""

    def __init__(self, translate: Translator, print_line: Callable[[Fragments], None]) -> None:
        self._translate = translate
        self._print_line = print_line

    def add_message(self, room: RoomJSON, message: MessageJSON, *, is_own: bool, is_change: bool) -> None:
        """Print a message, new or changed."""
        author = message["author"]
        name = author["name"] if author else self._translate("deleted user")
        colour = AUTHOR_COLOURS[(author["id"] if author else 0) % len(AUTHOR_COLOURS)]
        style = "class:own" if is_own else f"{colour} bold"
        self._print_line(
            [
                ("class:time", f"{format_time(message['at'])} "),
                *self._private_label(room, is_own),
                (style, sanitize(name) + " "),
                *self._body(message, is_change),
            ]
        )

    def _private_label(self, room: RoomJSON, is_own: bool) -> Fragments:
        if room["kind"] != "direct":
            return []
        translate = self._translate
        label = translate("to {name}", name=sanitize(room["name"])) if is_own else translate("private")
        return [("class:private", f"[{label}] ")]

    def _body(self, message: MessageJSON, is_change: bool) -> Fragments:
        if message["erased"]:
            return [("class:notice", self._translate("[deleted]"))]
        text = sanitize(message["text"], keep_newlines=True).replace("\n", "\n" + " " * CONTINUATION_INDENT)
        if is_change or message["edited"]:
            return [("", text), ("class:notice", f" ({self._translate('edited')})")]
        return [("", text)]

    def add_system_message(self, style: str, text: str) -> None:
        """Print a text in one of the styles `notice`, `reply` and `error`."""
        self._print_line([(f"class:{style}", sanitize(text, keep_newlines=True))])

    def add_divider(self, title: str) -> None:
        """Print a horizontal rule with a title."""
        self._print_line([("class:rule", "── "), ("bold", sanitize(title)), ("class:rule", " " + "─" * 20)])


def format_time(at: str) -> str:
    """Return hours and minutes in the local time zone, with the date unless it is today."""
    moment = datetime.fromisoformat(at).astimezone()
    is_today = moment.date() == datetime.now().astimezone().date()
    return moment.strftime("%H:%M" if is_today else "%Y-%m-%d %H:%M")
