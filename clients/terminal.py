#!/usr/bin/env python3
"""Tertulia in a terminal: `python clients/terminal.py http://127.0.0.1:8000`.

One file, written from docs/protocol.md: it shows that the protocol is open. Needs clients/requirements.txt.
"""

import argparse
import asyncio
import contextlib
import getpass
import http.cookiejar
import json
import os
import random
import re
import sys
import time
import unicodedata
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from prompt_toolkit import PromptSession, print_formatted_text
from prompt_toolkit.buffer import CompletionState
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.patch_stdout import patch_stdout
from prompt_toolkit.styles import Style
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, WebSocketException

# --- Words ---------------------------------------------------------------------------------------------------------

SPANISH = {
    "A chat in the terminal.": "Un chat en la terminal.",
    "the site's address": "la dirección del sitio",
    "your user name": "tu nombre de usuario",
    "a token from your profile page, instead of name and password": (
        "un token de tu página de perfil, en vez de nombre y contraseña"
    ),
    "en or es; otherwise as the terminal's locale says": "en o es; si no, lo que diga la configuración de la terminal",
    "id of the room to begin in": "número de la sala donde empezar",
    "User name: ": "Nombre de usuario: ",
    "Password: ": "Contraseña: ",
    "Wrong user name or password.": "Usuario o contraseña incorrectos.",
    "Too many tries. Wait a little.": "Demasiados intentos. Espera un poco.",
    "An address begins with http:// or https://.": "Una dirección empieza por http:// o https://.",
    "The server cannot be reached: {why}": "No se puede llegar al servidor: {why}",
    "Your session has ended: sign in again.": "Tu sesión ha terminado: vuelve a entrar.",
    "The server does not let you in.": "El servidor no te deja entrar.",
    "Goodbye!": "¡Hasta luego!",
    "connected": "conectado",
    "connecting…": "conectando…",
    "no line, back in {seconds} s": "sin línea, vuelvo en {seconds} s",
    "No line. What you write is kept and sent when it is back.": (
        "Sin línea. Lo que escribas se guarda y se envía cuando vuelva."
    ),
    "{count} here": "{count} aquí",
    "{count} waiting": "{count} por enviar",
    "edited": "editado",
    "[deleted]": "[borrado]",
    "deleted user": "usuario eliminado",
    "earlier": "antes",
    "There is nothing earlier.": "No hay nada anterior.",
    "now": "ahora",
    "to {name}": "a {name}",
    "private": "privado",
    "Enter sends, Alt-Enter breaks the line, Tab completes, Page Up shows what was said earlier, #exit ends.": (
        "Intro envía, Alt-Intro parte la línea, Tab completa, Re Pág muestra lo anterior, #exit termina."
    ),
}
LANGUAGES = ("en", "es")


class Words:
    """The sentences of this file in the reader's language; the server's own come translated."""

    def __init__(self, language):
        self.language = language

    def __call__(self, sentence, **values):
        found = SPANISH[sentence] if self.language == "es" else sentence
        return found.format(**values) if values else found


def language_of(environment):
    """`es` where the locale says so, else `en`."""
    told = next(filter(None, (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "es" if told.lower().startswith("es") else "en"


# --- Text of others ------------------------------------------------------------------------------------------------

JOINERS = "\u200c\u200d"  # between the parts of an emoji, and in some scripts
MARKS_IN_A_ROW = 4
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def harmless(text, *, lines=False):
    """The text with everything made visible that could steer the terminal, hide, or turn the line around."""
    marks, out = 0, []
    for character in str(text).replace("\r\n", "\n"):
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks <= MARKS_IN_A_ROW:
            out.append(_visible(character, category, lines))
    return "".join(out)


def _visible(character, category, lines):
    if category not in HIDDEN or character in JOINERS or (lines and character == "\n"):
        return character
    if character in "\n\t":
        return " "
    return chr(0x2400 + ord(character)) if ord(character) < 0x20 else "\ufffd"


# --- Signing in ----------------------------------------------------------------------------------------------------


class Refused(Exception):
    """The server does not take the name and password; the argument says why."""


def sign_in(site, name, password):
    """Sign in as the page's form does; the value for a `Cookie` header. Raises `Refused` or `OSError`."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    address = urllib.parse.urljoin(site, "/accounts/sign-in/")
    with opener.open(address, timeout=60) as page:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
    form = {"csrfmiddlewaretoken": token[1] if token else "", "username": name, "password": password}
    body = urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(address, body, {"Referer": address})  # noqa: S310, `main` has seen the scheme
    try:
        with opener.open(request, timeout=60) as answer:
            if urllib.parse.urlsplit(answer.url).path == urllib.parse.urlsplit(address).path:
                raise Refused("Wrong user name or password.")
    except urllib.error.HTTPError as error:
        if error.code == 429:
            raise Refused("Too many tries. Wait a little.") from None
        raise
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


# --- What is known -------------------------------------------------------------------------------------------------

VERSIONS_KEPT = 500


@dataclass
class Log:
    """What this client has of one room's log, and the place to go on from."""

    epoch: str = ""
    version: int = 0
    first: int | None = None
    held: dict = field(default_factory=dict)  # seq: version, of the latest

    def take(self, frame):
        """The messages of an `events` frame that are news, in order; each with whether it changes an older one."""
        if frame.get("reset"):
            self.held, self.first, self.version = {}, None, 0
        if frame.get("reset") or not self.epoch or frame["since"] <= self.version:
            self.epoch, self.version = frame["epoch"], max(self.version, frame["version"])
        return self.take_messages(frame["messages"])

    def take_messages(self, messages):
        news = []
        for message in sorted(messages, key=lambda one: one["seq"]):
            known = self.held.get(message["seq"])
            if known is None or known < message["version"]:
                news.append((message, known is not None))
                self.held[message["seq"]] = message["version"]
            self.first = min(self.first or message["seq"], message["seq"])
        for seq in sorted(self.held)[:-VERSIONS_KEPT]:
            del self.held[seq]
        return news


# --- The line ------------------------------------------------------------------------------------------------------

FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.5, 30
PATIENT = {"open_timeout": 60, "ping_interval": 20, "ping_timeout": 40, "max_size": 16 * 1024 * 1024}
PING_SECONDS = 20
GOODBYE_SECONDS = 2
ANSWER_SECONDS = 30
SEEN_SECONDS = 3
READ_SECONDS = 1
SEEN_MESSAGES = 200
LONG_SECONDS = 3
LATER = {"slow_down", "busy", "unavailable"}
DONE, SIGN_IN_AGAIN, NOT_ALLOWED = 1000, 4001, 4003


class Outbox:
    """What was said and has no answer yet, in order; one at a time is under way.

    The id is made once, so sending again after a reconnection is harmless.
    """

    def __init__(self):
        self._waiting = deque()
        self._under_way = None
        self._not_before = 0.0
        self._slow = {}  # room: when it takes something again

    def __len__(self):
        return len(self._waiting)

    def add(self, text, room=None):
        frame = {"type": "say", "id": str(uuid.uuid4()), "text": text}
        self._waiting.append(frame | ({"room": room} if room else {}))

    def restart(self):
        """A new connection: whatever was under way on the last one starts again."""
        self._under_way = None

    def next(self):
        """The frame to send now, if there is one."""
        now = time.monotonic()
        if now < self._not_before or (self._under_way and now < self._under_way[1]):
            return None
        frame = next((one for one in self._waiting if self._slow.get(one.get("room"), 0) <= now), None)
        self._under_way = (frame["id"], now + ANSWER_SECONDS) if frame else None
        return frame

    def answered(self, frame):
        """What an `ack`, `reply` or `error` was for, or None; it is now done, or is sent again later."""
        said = next((one for one in self._waiting if one["id"] == frame.get("id")), None)
        if said is None:
            return None
        self._under_way = None
        if frame["type"] == "error" and frame["code"] in LATER:
            self._put_off(said, frame.get("retry_after", 1))
        else:
            self._waiting.remove(said)
        return said

    def _put_off(self, said, seconds):
        if seconds > LONG_SECONDS and "room" in said:
            self._slow[said["room"]] = time.monotonic() + seconds  # what is for others does not wait for a slow room
        else:
            self._not_before = time.monotonic() + seconds


class Line:
    """The WebSocket, which comes back by itself. `chat` hears its frames, and is asked where to go on."""

    def __init__(self, site, headers, chat):
        self._site = urllib.parse.urlsplit(site)
        self._headers = headers
        self._chat = chat
        self._socket = None
        self._stirred = asyncio.Event()
        self._seen = {}
        self._unseen = 0
        self._read = {}
        self._read_at = 0.0
        self._seen_at = self._pinged_at = time.monotonic()
        self.outbox = Outbox()
        self.state = "connecting…", {}
        self.latency = None
        self._wait = FIRST_WAIT_SECONDS
        self._come_back_in = 0.0

    async def run(self):
        """Stay connected until the server says that it is over; the close code."""
        while True:
            code = await self._talk()
            if code in (DONE, SIGN_IN_AGAIN, NOT_ALLOWED):
                return code
            await self._pause()

    async def _pause(self):
        seconds = self._come_back_in + self._wait * random.uniform(0.5, 1)  # noqa: S311
        self._wait, self._come_back_in = min(LONGEST_WAIT_SECONDS, self._wait * 2), 0.0
        was_open = self.state[0] == "connected"
        self.state = "no line, back in {seconds} s", {"seconds": round(seconds)}
        self._chat.line_lost() if was_open else self._chat.changed()
        await asyncio.sleep(seconds)

    async def _talk(self):
        try:
            async with connect(self._address(), additional_headers=self._headers, **PATIENT) as socket:
                return await self._exchange(socket)
        except (OSError, TimeoutError, WebSocketException):
            return None
        finally:
            self._socket = None

    def _address(self):
        scheme = "wss" if self._site.scheme == "https" else "ws"
        query = urllib.parse.urlencode(self._chat.position())
        return f"{scheme}://{self._site.netloc}/ws/chat/" + (f"?{query}" if query else "")

    async def _exchange(self, socket):
        sender = asyncio.create_task(self._send_forever(socket))
        try:
            async for text in socket:
                self._hear(socket, json.loads(text))
        except ConnectionClosed:
            pass
        finally:
            sender.cancel()
        return socket.close_code

    def _hear(self, socket, frame):
        if frame["type"] == "hello":
            self._socket = socket
            self._wait = FIRST_WAIT_SECONDS
            self.state = "connected", {}
            self.outbox.restart()
        elif frame["type"] == "bye":
            self._come_back_in = frame.get("retry_after", 0)
        elif frame["type"] == "pong":
            self.latency = round(time.monotonic() * 1000 - frame["t"])
        elif frame["type"] == "events":
            self._seen[str(frame["room"])] = frame["version"]
            self._unseen += len(frame["messages"])
        self._chat.hear(frame)
        self._chat.changed()
        self.stir()

    def read(self, room_id, seq):
        """The person has it before them; all their clients are to know."""
        self._read[room_id] = max(seq, self._read.get(room_id, 0))

    def stir(self):
        """There may be something to send."""
        self._stirred.set()

    @property
    def is_open(self):
        return self._socket is not None

    async def say_goodbye(self):
        """Tell the server that this is no accident, so that nobody waits for a return."""
        await self.send({"type": "say", "id": str(uuid.uuid4()), "text": "#exit"})

    async def send(self, frame):
        """Send what need not be kept; lost with the line."""
        if self._socket:
            with contextlib.suppress(WebSocketException):
                await self._socket.send(json.dumps(frame))

    async def _send_forever(self, socket):
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await self._stirred.wait()
            self._stirred.clear()
            if self._socket is not socket:
                continue
            for frame in self._due():
                await self.send(frame)

    def _due(self):
        now = time.monotonic()
        frame = self.outbox.next()
        if self._read and (frame or now - self._read_at > READ_SECONDS):
            yield from ({"type": "read", "room": room, "seq": seq} for room, seq in self._read.items())
            self._read, self._read_at = {}, now
        if frame:
            yield frame
        if self._seen and (self._unseen >= SEEN_MESSAGES or now - self._seen_at > SEEN_SECONDS):
            yield {"type": "seen", "rooms": self._seen}
            self._seen, self._unseen, self._seen_at = {}, 0, now
        if now - self._pinged_at > PING_SECONDS or self.latency is None:
            self._pinged_at = now
            self.latency = self.latency or 0
            yield {"type": "ping", "t": round(now * 1000)}


# --- The chat ------------------------------------------------------------------------------------------------------

MISSED_MESSAGES, MISSED_CONVERSATIONS = 20, 10  # shown on coming back; further ones are only counted
COLOURS = ("ansigreen", "ansiyellow", "ansiblue", "ansimagenta", "ansicyan", "ansibrightgreen", "ansibrightblue")
BURST_SECONDS = 0.03
STYLE = Style.from_dict(
    {
        "time": "ansibrightblack",
        "own": "bold",
        "private": "ansimagenta",
        "notice": "italic ansibrightblack",
        "reply": "ansicyan",
        "error": "ansired",
        "rule": "ansibrightblack",
        "bottom-toolbar": "noreverse",
        "state": "ansibrightblack",
        "unread": "bold ansiyellow",
    }
)


class Chat:
    """What the server says, turned into lines of text; and what is known of rooms and people."""

    def __init__(self, words, show, room=None):
        self.words = words
        self._show = show
        self.rooms = {}
        self.names = set()
        self.here = room
        self.count = 0
        self.line = None
        self.redraw = lambda: None
        self._me = None
        self._logs = {}
        self._asked = {}
        self._fresh = True
        self._tasks = set()

    def position(self):
        """The query to connect with."""
        log = self._logs.get(self.here)
        known = {"epoch": log.epoch, "version": log.version} if log and log.epoch else {}
        return {"room": self.here, **known} if self.here else {}

    def hear(self, frame):
        perform = getattr(self, f"_{frame['type']}", None)
        if perform:
            perform(frame)

    def changed(self):
        self.redraw()

    def line_lost(self):
        self._aside("notice", self.words("No line. What you write is kept and sent when it is back."))

    def say(self, text):
        """Words belong to the room in which they were written, however long they wait; commands have none."""
        is_command = re.match(r"#(?![#\s])", text)
        self.line.outbox.add(text, None if is_command else self.here)
        self.line.stir()
        self.changed()

    def ask_for_earlier(self):
        log = self._logs.get(self.here)
        if log and log.first and log.first > 1:
            self._ask({"type": "history", "room": self.here, "before": log.first, "limit": 20})
        else:
            self._aside("notice", self.words("There is nothing earlier."))

    def _ask(self, frame):
        frame["id"] = str(uuid.uuid4())
        self._asked[frame["id"]] = frame
        task = asyncio.ensure_future(self.line.send(frame))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def here_name(self):
        return harmless(self.rooms.get(self.here, {}).get("name", ""))

    @property
    def unread(self):
        """Rooms and conversations elsewhere with something new: `(name, count)`."""
        others = [room for room in self.rooms.values() if room["id"] != self.here and room.get("last_seq")]
        counts = [(room["name"], room["last_seq"] - room.get("read_seq", room["last_seq"])) for room in others]
        return [(harmless(name), count) for name, count in counts if count > 0]

    # --- Frames

    def _hello(self, frame):
        self._me = frame["user"]
        self.rooms = {room["id"]: room for room in frame["rooms"] + frame["conversations"]}
        self.names |= {room["name"] for room in frame["conversations"]}
        self._asked.clear()
        for room in frame["conversations"]:
            if room["last_seq"] > room["read_seq"] and len(self._asked) < MISSED_CONVERSATIONS:
                self._ask({"type": "history", "room": room["id"], "limit": MISSED_MESSAGES})

    def _room(self, frame):
        room, known = frame["room"], self.rooms.get(frame["room"]["id"], {})
        self.rooms[room["id"]] = known | room | risen(known, room)
        if not frame.get("here"):
            return
        if room["id"] != self.here or self._fresh:
            self._rule(room["name"])
        self.here, self._fresh = room["id"], False

    def _rooms(self, frame):
        for room in frame["rooms"]:
            self._room({"room": room})

    def _room_gone(self, frame):
        self.rooms.pop(frame["room"], None)
        self._logs.pop(frame["room"], None)
        self._aside("notice", frame["text"])

    def _people(self, frame):
        self.names |= set(frame["names"])
        if frame["room"] == self.here:
            self.count = frame["count"]

    def _unread(self, frame):
        for mark in frame["rooms"]:
            room = self.rooms.get(mark["room"], {})
            room |= risen(room, mark)

    def _events(self, frame):
        room = self.rooms.get(frame["room"], {"id": frame["room"], "kind": "public"})
        log = self._logs.setdefault(room["id"], Log())
        for message, changes in log.take(frame):
            self._message(room, message, changes)

    def _page(self, frame):
        asked = self._asked.pop(frame["id"], {})
        room = self.rooms.get(frame["room"])
        if room is None:
            return
        log = self._logs.setdefault(room["id"], Log())
        if "before" in asked:
            self._rule(self.words("earlier"))
        read = 0 if "before" in asked else room.get("read_seq", 0)
        for message, changes in log.take_messages(frame["messages"]):
            if message["seq"] > read:
                self._message(room, message, changes)
        if "before" in asked:
            self._rule(self.words("now"))

    def _reply(self, frame):
        if not self.line.outbox.answered(frame):
            return
        self.names |= {user["name"] for user in frame["data"].get("users", [])}
        self._rooms({"rooms": frame["data"].get("rooms", [])})
        self._aside("reply" if frame["ok"] else "error", frame["text"])

    def _ack(self, frame):
        self.line.outbox.answered(frame)

    def _error(self, frame):
        self._asked.pop(frame.get("id"), None)
        said = self.line.outbox.answered(frame)
        if said and frame["code"] in LATER:
            return
        self._aside("error", frame["text"])
        if said:
            self._aside("notice", said["text"])  # to copy and say otherwise

    def _notice(self, frame):
        self.names |= {frame["data"]["name"]} if isinstance(frame["data"].get("name"), str) else set()
        self._aside("notice", frame["text"])

    # --- Lines

    def _message(self, room, message, changes):
        author = message["author"]
        if changes and author is None and not message["erased"]:
            return  # only the name has gone from it
        if author:
            self.names.add(author["name"])
        name = author["name"] if author else self.words("deleted user")
        own = bool(author) and author["id"] == self._me["id"]
        style = "class:own" if own else COLOURS[(author or {"id": 0})["id"] % len(COLOURS)] + " bold"
        parts = [("class:time", f"{clock(message['at'])} "), *self._addressee(room, own), (style, harmless(name) + " ")]
        parts += self._text(message, changes, indent=6)
        self._show(parts)
        room["last_seq"] = max(room.get("last_seq") or 0, message["seq"])
        self.line.read(room["id"], message["seq"])

    def _addressee(self, room, own):
        if room["kind"] != "direct":
            return []
        to = self.words("to {name}", name=harmless(room["name"])) if own else self.words("private")
        return [("class:private", f"[{to}] ")]

    def _text(self, message, changes, indent):
        if message["erased"]:
            return [("class:notice", self.words("[deleted]"))]
        text = harmless(message["text"], lines=True).replace("\n", "\n" + " " * indent)
        told = changes or message["edited"]
        return [("", text)] + ([("class:notice", f" ({self.words('edited')})")] if told else [])

    def _aside(self, style, text):
        self._show([(f"class:{style}", harmless(text, lines=True))])

    def _rule(self, title):
        self._show([("class:rule", "── "), ("bold", harmless(title)), ("class:rule", " " + "─" * 20)])


def risen(known, told):
    """The places of two tellings of a room, which may come in any order; of each the greater one."""
    return {key: max(told[key] or 0, known.get(key) or 0) for key in ("last_seq", "read_seq") if key in told}


def clock(at):
    """Hours and minutes of a moment in the reader's zone; the day too, if it is another one."""
    moment = datetime.fromisoformat(at).astimezone()
    today = moment.date() == datetime.now().astimezone().date()
    return moment.strftime("%H:%M" if today else "%Y-%m-%d %H:%M")


# --- The screen ----------------------------------------------------------------------------------------------------

COMMANDS = ("#cR ", "#gR ", "#eR", "#exit", "#lR", "#dR ", "#show users", "#\\private<", "#help", "#ayuda")
OF_A_ROOM = re.compile(r"#[gd]r\s+<?(.*)", re.IGNORECASE)
TO_SOMEBODY = re.compile(r"#\\?private(\s*<|\s+)([^\s<>]*)", re.IGNORECASE)


class Completions(Completer):
    """Commands, then the rooms or people they are about."""

    def __init__(self, chat):
        self._chat = chat

    def get_completions(self, document, complete_event):
        text = document.text_before_cursor
        if found := OF_A_ROOM.fullmatch(text):
            public = [room["name"] for room in self._chat.rooms.values() if room["kind"] == "public"]
            yield from beginning_with(found[1], public)
        elif found := TO_SOMEBODY.fullmatch(text):
            end = "> " if found[1].endswith("<") else " "
            yield from beginning_with(found[2], self._chat.names, end)
        elif text.startswith("#"):
            yield from beginning_with(text, COMMANDS)


def beginning_with(begun, candidates, end=""):
    for name in sorted(candidates, key=str.casefold):
        if name.casefold().startswith(begun.casefold()):
            shown = harmless(name)
            yield Completion(shown + end, start_position=-len(begun), display=shown)


def complete(buffer):
    """What Tab does: the only completion, or the first and then the next.

    Not left to the menu, which is filled in the background: whoever types faster than it would lose what they meant.
    """
    state = buffer.complete_state
    if state and state.complete_index is not None:
        buffer.complete_next()
        return
    found = list(buffer.completer.get_completions(buffer.document, CompleteEvent(completion_requested=True)))
    if len(found) == 1:
        buffer.apply_completion(found[0])
    elif found:
        buffer.complete_state = CompletionState(buffer.document, found)
        buffer.go_to_completion(0)


def toolbar(chat):
    """The last line of the screen: where one is, how the line is, what is new elsewhere."""
    words, (state, values) = chat.words, chat.line.state
    parts = [("bold", chat.here_name or "Tertulia"), ("class:state", " · " + words("{count} here", count=chat.count))]
    parts.append(("class:state", " · " + words(state, **values)))
    if chat.line.is_open and chat.line.latency:
        parts.append(("class:state", f" · {chat.line.latency} ms"))
    if len(chat.line.outbox):
        parts.append(("class:unread", " · " + words("{count} waiting", count=len(chat.line.outbox))))
    parts += [("class:unread", f" · {name} ({count})") for name, count in chat.unread[:5]]
    return FormattedText(parts)


def keys(chat):
    bindings = KeyBindings()

    @bindings.add("escape", "enter")
    def break_the_line(event):
        event.current_buffer.insert_text("\n")

    @bindings.add("tab")
    def complete_the_word(event):
        complete(event.current_buffer)

    @bindings.add("pageup")
    def earlier(event):
        chat.ask_for_earlier()

    return bindings


async def read_lines(session, chat):
    """Take what the person writes until they end it: by Ctrl-D or Ctrl-C, or by `#exit` without a line."""
    while True:
        try:
            text = await session.prompt_async("> ")
        except (EOFError, KeyboardInterrupt):
            return
        if not text.strip():
            continue
        if text.strip().casefold() == "#exit" and not chat.line.is_open:
            return
        chat.say(text)


async def talk(site, headers, words, room):
    """The whole conversation; the sentence to end with."""
    paper = Paper()
    chat = Chat(words, paper.show, room)
    chat.line = Line(site, headers, chat)
    session = PromptSession(
        completer=Completions(chat),
        complete_while_typing=True,
        key_bindings=keys(chat),
        bottom_toolbar=lambda: toolbar(chat),
        style=STYLE,
        erase_when_done=True,
    )
    chat.redraw = session.app.invalidate
    paper.show([("class:notice", words(HINT))])
    with patch_stdout(raw=True):
        reading, running = asyncio.create_task(read_lines(session, chat)), asyncio.create_task(chat.line.run())
        await asyncio.wait([reading, running], return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            await chat.line.say_goodbye()
            await asyncio.wait([running], timeout=GOODBYE_SECONDS)
    paper.print()
    for task in (reading, running):
        task.cancel()
    await asyncio.gather(reading, running, return_exceptions=True)
    code = running.result() if running.done() and not running.cancelled() else DONE
    return ENDS.get(code, ENDS[DONE]), code


HINT = "Enter sends, Alt-Enter breaks the line, Tab completes, Page Up shows what was said earlier, #exit ends."
ENDS = {
    DONE: "Goodbye!",
    SIGN_IN_AGAIN: "Your session has ended: sign in again.",
    NOT_ALLOWED: "The server does not let you in.",
}


class Paper:
    """Lines to be shown, a burst at a time: for each the prompt is taken away and drawn anew, which slow lines feel."""

    def __init__(self):
        self._lines = []

    def show(self, parts):
        if not self._lines:
            asyncio.get_running_loop().call_later(BURST_SECONDS, self.print)
        self._lines.append(parts)

    def print(self):
        lines, self._lines = self._lines, []
        if lines:
            parts = [part for line in lines for part in [*line, ("", "\n")]]
            print_formatted_text(FormattedText(parts), style=STYLE, end="")


# --- Beginning -----------------------------------------------------------------------------------------------------


def arguments(words):
    parser = argparse.ArgumentParser(prog="terminal.py", description=words("A chat in the terminal."))
    parser.add_argument("site", help=words("the site's address"))
    parser.add_argument("--user", help=words("your user name"), default=os.environ.get("TERTULIA_USER"))
    parser.add_argument(
        "--token",
        help=words("a token from your profile page, instead of name and password"),
        default=os.environ.get("TERTULIA_TOKEN"),
    )
    parser.add_argument("--room", type=int, help=words("id of the room to begin in"))
    parser.add_argument(
        "--language", choices=LANGUAGES, help=words("en or es; otherwise as the terminal's locale says")
    )
    return parser.parse_args()


def headers_of(given, words):
    """What shows the server who this is; asks for name and password where there is no token."""
    if given.token:
        return {"Authorization": f"Bearer {given.token}"}
    name = given.user or input(words("User name: "))
    password = os.environ.get("TERTULIA_PASSWORD") or getpass.getpass(words("Password: "))
    return {"Cookie": sign_in(given.site, name, password)}


def main():
    words = Words(language_of(os.environ))
    given = arguments(words)
    words = Words(given.language or words.language)
    given.site = given.site if "://" in given.site else f"http://{given.site}"
    if urllib.parse.urlsplit(given.site).scheme not in ("http", "https"):
        return words("An address begins with http:// or https://.")
    try:
        headers = headers_of(given, words) | {"Accept-Language": words.language}
    except Refused as refused:
        return words(str(refused))
    except (OSError, ValueError) as error:
        return words("The server cannot be reached: {why}", why=harmless(error))
    except (EOFError, KeyboardInterrupt):
        return 1
    ending, code = asyncio.run(talk(given.site, headers, words, given.room))
    print(words(ending))
    return 0 if code == DONE else 1


if __name__ == "__main__":
    sys.exit(main())
