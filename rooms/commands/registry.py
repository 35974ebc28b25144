"""The parser of '#' commands, and the types a command is made of."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import override

from accounts.models import User
from common import names
from rooms.models import Room
from rooms.models.message import validate_text
from rooms.protocol.errors import ChatError
from rooms.protocol.server_frames import ReplyBody

WORD = re.compile(r"#\\?([^\s<]*)\s*(.*)", re.DOTALL)
BRACKETS = re.compile(r"^<(.*)>$", re.DOTALL)
QUOTED_CHARACTERS = 50


class Actor(Protocol):
    """The user who gives a command: a connected `Client`, or an `OfflineActor` for REST and management commands."""

    @property
    def user(self) -> User: ...

    @property
    def language(self) -> str: ...

    @property
    def room_id(self) -> int | None:
        """The room the client is in; for an `OfflineActor` the one the caller names, if any."""

    @property
    def has_connection(self) -> bool: ...

    async def enter(self, room: Room) -> None: ...

    async def relist(self, room_id: int, name: str, is_hidden: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """A line as typed: `word` without '#', in lower case; `argument` is the rest; `id` the client's UUID for the line.

    The id makes a retry of what the command stores idempotent.
    """

    word: str
    argument: str
    id: UUID

    @property
    def name(self) -> str:
        """The argument as a name, with or without angle brackets; may be empty."""
        name: str = names.clean(BRACKETS.sub(r"\1", self.argument.strip()))
        return name

    def require_name(self, usage: str) -> str:
        """Raises `missing_name`."""
        if not self.name:
            raise ChatError("missing_name", usage=usage)
        return self.name


@dataclass(frozen=True, slots=True)
class CommandReply:
    """The answer to a command: a `code` for programs, a translated `text` and `data`."""

    code: str
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)
    ok: bool = True

    def to_dict(self) -> ReplyBody:
        return {"ok": self.ok, "code": self.code, "text": self.text, "data": dict(self.data)}


@dataclass(frozen=True, slots=True)
class Command:
    """A command: the words that call it (lower case), its line in the help table, and `async run(actor, line)`.

    `run` raises a `ChatError` to refuse. `needs_connection`: it moves a connected client, and is refused to others.
    """

    words: tuple[str, ...]
    usage: str
    summary: str | Promise
    run: Callable[[Actor, ParsedLine], Awaitable[CommandReply]]
    needs_connection: bool = False


class Usage(NamedTuple):
    """A line of the help table."""

    usage: str
    summary: str | Promise


def is_command(text: str) -> bool:
    """True for `#word`; `##` and `# ` begin an ordinary text."""
    return text.startswith("#") and not text.startswith("##") and not text[1:2].isspace()


def unescape(text: str) -> str:
    """The message meant by an ordinary text: `##text` is `#text`."""
    return text[1:] if text.startswith("##") else text


def parse(text: str, command_id: UUID) -> ParsedLine:
    found = WORD.fullmatch(text)
    word, argument = found.groups() if found else ("", text)
    return ParsedLine(word.casefold(), argument, command_id)


def unknown_command(line: ParsedLine) -> ChatError:
    word = f"{line.word} {line.argument}".strip()[:QUOTED_CHARACTERS]
    return ChatError("unknown_command", word=f"#{word}")


async def run_with(commands: Mapping[str, Command], actor: Actor, text: str, command_id: UUID) -> CommandReply:
    """Run a line by one of the commands; a refusal is a reply too, with `ok` false.

    Raises only a `ChatError` with `retry_after` (`busy`, `unavailable`): the client repeats the line.
    """
    line = parse(text, command_id)
    try:
        validate_text(text)
        command = commands.get(line.word)
        if command is None:
            raise unknown_command(line)
        if command.needs_connection and not actor.has_connection:
            raise ChatError("needs_client")
        return await command.run(actor, line)
    except ChatError as error:
        if error.retry_after is not None:
            raise
        with override(actor.language):
            return CommandReply(error.code, error.text, ok=False)
