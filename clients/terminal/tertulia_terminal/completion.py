"""Completion of commands, and of the rooms and people they name."""

import re
from collections.abc import Iterable, Iterator

from prompt_toolkit.buffer import Buffer, CompletionState
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from .sanitize import sanitize
from .session import ChatSession

COMMANDS = ("#cR ", "#gR ", "#eR", "#exit", "#lR", "#dR ", "#show users", "#\\private<", "#help", "#ayuda")
ROOM_ARGUMENT = re.compile(r"#[gd]r\s+<?(.*)", re.IGNORECASE)
PERSON_ARGUMENT = re.compile(r"#\\?private(\s*<|\s+)([^\s<>]*)", re.IGNORECASE)


class ChatCompleter(Completer):
    """Completer of '#' commands, public rooms and people."""

    def __init__(self, session: ChatSession) -> None:
        self._session = session

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """Yield the completions of the text before the cursor, without regard to case."""
        text = document.text_before_cursor
        if argument := ROOM_ARGUMENT.fullmatch(text):
            yield from _with_prefix(argument[1], self._session.rooms.public_names)
        elif argument := PERSON_ARGUMENT.fullmatch(text):
            suffix = "> " if argument[1].endswith("<") else " "
            yield from _with_prefix(argument[2], self._session.names, suffix)
        elif text.startswith("#"):
            yield from _with_prefix(text, COMMANDS)


def _with_prefix(prefix: str, candidates: Iterable[str], suffix: str = "") -> Iterator[Completion]:
    for name in sorted(candidates, key=str.casefold):
        if name.casefold().startswith(prefix.casefold()):
            shown = sanitize(name)
            yield Completion(shown + suffix, start_position=-len(prefix), display=shown)


def complete(buffer: Buffer) -> None:
    """Insert the only completion, or the first one and on repeated calls the next.

    Synchronous, because the menu is filled in the background: with fast typing it would be applied to another text.
    """
    state = buffer.complete_state
    if state and state.complete_index is not None:
        buffer.complete_next()
        return
    event = CompleteEvent(completion_requested=True)
    completions = list(buffer.completer.get_completions(buffer.document, event))
    if len(completions) == 1:
        buffer.apply_completion(completions[0])
    elif completions:
        buffer.complete_state = CompletionState(buffer.document, completions)
        buffer.go_to_completion(0)
