"""Interactive prompt with its key bindings and toolbar."""

import asyncio
from collections.abc import Mapping

from prompt_toolkit import PromptSession
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.patch_stdout import patch_stdout

from .completion import ChatCompleter, complete
from .i18n import Translator
from .printer import STYLE, BatchedPrinter
from .protocol.connection import CLOSED_NORMALLY, ConnectionStatus
from .sanitize import sanitize
from .session import ChatSession

EXIT_TIMEOUT_SECONDS = 2
MAX_UNREAD_ROOMS = 5


async def run_chat(site: str, headers: Mapping[str, str], translate: Translator, room: int | None) -> int:
    """Run the chat until the person or the server ends it; return the close code."""
    printer = BatchedPrinter()
    session = ChatSession(site, headers, translate, printer.print, room)
    prompt = make_prompt(session)
    session.redraw = prompt.app.invalidate
    hint = translate(
        "Enter sends, Alt-Enter breaks the line, Tab completes, Page Up shows what was said earlier, #exit ends."
    )
    printer.print([("class:notice", hint)])
    with patch_stdout(raw=True):
        reading = asyncio.create_task(read_input(prompt, session))
        running = asyncio.create_task(session.connection.run())
        await asyncio.wait([reading, running], return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            await session.connection.send_exit()
            await asyncio.wait([running], timeout=EXIT_TIMEOUT_SECONDS)
    printer.flush()
    reading.cancel()
    running.cancel()
    await asyncio.gather(reading, running, return_exceptions=True)
    return CLOSED_NORMALLY if running.cancelled() else running.result()


def make_prompt(session: ChatSession) -> PromptSession[str]:
    """Create the prompt, with completion, key bindings and toolbar."""
    return PromptSession(
        completer=ChatCompleter(session),
        complete_while_typing=True,
        key_bindings=key_bindings(session),
        bottom_toolbar=lambda: toolbar(session),
        style=STYLE,
        erase_when_done=True,
    )


async def read_input(prompt: PromptSession[str], session: ChatSession) -> None:
    """Submit each line until Ctrl-D or Ctrl-C, or until `#exit` without a connection to send it by."""
    while True:
        try:
            text = await prompt.prompt_async("> ")
        except (EOFError, KeyboardInterrupt):
            return
        if not text.strip():
            continue
        if text.strip().casefold() == "#exit" and not session.connection.is_open:
            return
        session.submit(text)


def key_bindings(session: ChatSession) -> KeyBindings:
    """Create the key bindings beside those of the line editor."""
    bindings = KeyBindings()

    @bindings.add("escape", "enter")
    def insert_newline(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    @bindings.add("tab")
    def complete_word(event: KeyPressEvent) -> None:
        complete(event.current_buffer)

    @bindings.add("pageup")
    def load_earlier(event: KeyPressEvent) -> None:
        session.load_earlier()

    return bindings


def toolbar(session: ChatSession) -> FormattedText:
    """Return the last line of the screen: current room, state of the connection, unread messages elsewhere."""
    translate, rooms, connection = session.translate, session.rooms, session.connection
    fragments = [
        ("bold", sanitize(rooms.current_name) or "Tertulia"),
        ("class:state", " · " + translate("{count} here", count=rooms.people_count)),
        ("class:state", " · " + connection_status(session)),
    ]
    room = rooms.get(rooms.current) if rooms.current else None
    if room and room.get("topic"):
        fragments.insert(1, ("class:state", " · " + sanitize(room["topic"])))
    if connection.is_open and connection.latency_ms:
        fragments.append(("class:state", f" · {connection.latency_ms} ms"))
    if len(connection.outbox):
        fragments.append(("class:unread", " · " + translate("{count} waiting", count=len(connection.outbox))))
    for name, count in rooms.unread[:MAX_UNREAD_ROOMS]:
        fragments.append(("class:unread", f" · {sanitize(name)} ({count})"))
    return FormattedText(fragments)


def connection_status(session: ChatSession) -> str:
    """Describe the state of the connection in the person's language."""
    match session.connection.status:
        case ConnectionStatus.CONNECTING:
            return session.translate("connecting…")
        case ConnectionStatus.CONNECTED:
            return session.translate("connected")
        case ConnectionStatus.BACKING_OFF:
            return session.translate("no line, back in {seconds} s", seconds=session.connection.retry_seconds)
