"""Chat session: applies the server's frames, and sends what the person does."""

import re
import uuid
from collections.abc import Callable, Mapping

from .i18n import Translator
from .printer import Fragments
from .protocol.client_frames import HistoryJSON
from .protocol.connection import ReconnectingWebSocket
from .protocol.log import RoomLog
from .protocol.objects import MessageJSON, RoomJSON
from .protocol.outbox import RETRYABLE_ERRORS
from .protocol.rooms import KnownRooms
from .protocol.server_frames import (
    ErrorJSON,
    EventsJSON,
    HelloJSON,
    NoticeJSON,
    PageJSON,
    PeopleJSON,
    ReplyJSON,
    RoomGoneJSON,
    RoomUpdateJSON,
    ServerFrameJSON,
)
from .transcript import Transcript

COMMAND = re.compile(r"#(?![#\s])")
HISTORY_LIMIT = 20
# Unread private messages shown after connecting; further ones are only counted.
MAX_MISSED_MESSAGES, MAX_MISSED_CONVERSATIONS = 20, 10


class ChatSession:
    """One person's chat: rooms, logs and names, kept up to date by `connection`.

    `names` are the people to complete; `redraw` is called when anything in the toolbar may have changed.
    """

    def __init__(
        self,
        site: str,
        headers: Mapping[str, str],
        translate: Translator,
        print_line: Callable[[Fragments], None],
        room: int | None = None,
    ) -> None:
        self.translate = translate
        self.connection = ReconnectingWebSocket(site, headers, self)
        self.rooms = KnownRooms(room)
        self.names: set[str] = set()
        self.redraw: Callable[[], None] = lambda: None
        self._transcript = Transcript(translate, print_line)
        self._user_id: int | None = None
        self._logs: dict[int, RoomLog] = {}
        self._history_requests: dict[str, HistoryJSON] = {}
        self._has_entered = False

    def submit(self, text: str) -> None:
        """Queue a message or command; a message belongs to the room it was written in, however late it is sent."""
        self.connection.outbox.add(text, None if COMMAND.match(text) else self.rooms.current)
        self.connection.wake()
        self.on_change()

    def load_earlier(self) -> None:
        """Request the messages before the oldest one shown of the current room."""
        room = self.rooms.current
        log = self._logs.get(room) if room else None
        if room and log and log.first_seq and log.first_seq > 1:
            self._request_history(room, limit=HISTORY_LIMIT, before=log.first_seq)
        else:
            self._transcript.add_system_message("notice", self.translate("There is nothing earlier."))

    def _request_history(self, room: int, *, limit: int, before: int | None = None) -> None:
        request: HistoryJSON = {"type": "history", "room": room, "limit": limit, "id": str(uuid.uuid4())}
        if before is not None:
            request["before"] = before
        self._history_requests[request["id"]] = request
        self.connection.send_soon(request)

    def resume_query(self) -> dict[str, str | int]:
        """Return the current room, and the cursor in its log if there is one."""
        room = self.rooms.current
        if not room:
            return {}
        log = self._logs.get(room)
        return {"room": room, "epoch": log.epoch, "version": log.version} if log and log.epoch else {"room": room}

    def on_change(self) -> None:
        """Redraw the toolbar."""
        self.redraw()

    def on_disconnect(self) -> None:
        """Show that messages are queued until the connection is back."""
        text = self.translate("No line. What you write is kept and sent when it is back.")
        self._transcript.add_system_message("notice", text)

    def on_frame(self, frame: ServerFrameJSON) -> None:
        """Apply a frame; types that a later server may send are passed over."""
        match frame["type"]:
            case "hello":
                self._on_hello(frame)
            case "room":
                self._on_room(frame)
            case "rooms":
                self._update_rooms(frame["rooms"])
            case "room_gone":
                self._on_room_gone(frame)
            case "people":
                self._on_people(frame)
            case "unread":
                self.rooms.apply_unread(frame["rooms"])
            case "events":
                self._on_events(frame)
            case "page":
                self._on_page(frame)
            case "ack":
                self.connection.outbox.settle(frame)
            case "reply":
                self._on_reply(frame)
            case "error":
                self._on_error(frame)
            case "notice":
                self._on_notice(frame)

    def _on_hello(self, frame: HelloJSON) -> None:
        self._user_id = frame["user"]["id"]
        self.rooms.replace(frame["rooms"] + frame["conversations"])
        self.names |= {room["name"] for room in frame["conversations"]}
        self._history_requests.clear()
        for room in frame["conversations"]:
            is_unread = (room.get("last_seq") or 0) > (room.get("read_seq") or 0)
            if is_unread and len(self._history_requests) < MAX_MISSED_CONVERSATIONS:
                self._request_history(room["id"], limit=MAX_MISSED_MESSAGES)

    def _on_room(self, frame: RoomUpdateJSON) -> None:
        room = frame["room"]
        self.rooms.update(room)
        if not frame.get("here"):
            return
        # After a reconnection the server sends the current room again: that is no change of room.
        if room["id"] != self.rooms.current or not self._has_entered:
            self._transcript.add_divider(room["name"])
        self.rooms.current, self._has_entered = room["id"], True

    def _update_rooms(self, rooms: list[RoomJSON]) -> None:
        for room in rooms:
            self.rooms.update(room)

    def _on_room_gone(self, frame: RoomGoneJSON) -> None:
        self.rooms.remove(frame["room"])
        self._logs.pop(frame["room"], None)
        self._transcript.add_system_message("notice", frame["text"])

    def _on_people(self, frame: PeopleJSON) -> None:
        self.names |= set(frame["names"])
        if frame["room"] == self.rooms.current:
            self.rooms.people_count = frame["count"]

    def _on_events(self, frame: EventsJSON) -> None:
        room = self.rooms.get(frame["room"]) or {"id": frame["room"], "kind": "public", "name": ""}
        log = self._logs.setdefault(room["id"], RoomLog())
        for message, is_change in log.apply(frame):
            self._show_message(room, message, is_change)

    def _on_page(self, frame: PageJSON) -> None:
        request = self._history_requests.pop(frame["id"], None)
        room = self.rooms.get(frame["room"])
        if room is None:
            return
        is_earlier = request is not None and "before" in request
        log = self._logs.setdefault(room["id"], RoomLog())
        if is_earlier:
            self._transcript.add_divider(self.translate("earlier"))
        read_seq = 0 if is_earlier else room.get("read_seq") or 0
        for message, is_change in log.apply_messages(frame["messages"]):
            if message["seq"] > read_seq:
                self._show_message(room, message, is_change)
        if is_earlier:
            self._transcript.add_divider(self.translate("now"))

    def _show_message(self, room: RoomJSON, message: MessageJSON, is_change: bool) -> None:
        author = message["author"]
        if is_change and author is None and not message["erased"]:
            return  # the account was deleted, which changes only the author's name
        if author:
            self.names.add(author["name"])
        is_own = author is not None and author["id"] == self._user_id
        self._transcript.add_message(room, message, is_own=is_own, is_change=is_change)
        room["last_seq"] = max(room.get("last_seq") or 0, message["seq"])
        self.connection.mark_read(room["id"], message["seq"])

    def _on_reply(self, frame: ReplyJSON) -> None:
        if not self.connection.outbox.settle(frame):
            return
        self.names |= {user["name"] for user in frame["data"].get("users", [])}
        self._update_rooms(frame["data"].get("rooms", []))
        self._transcript.add_system_message("reply" if frame["ok"] else "error", frame["text"])

    def _on_error(self, frame: ErrorJSON) -> None:
        if request_id := frame.get("id"):
            self._history_requests.pop(request_id, None)
        rejected = self.connection.outbox.settle(frame)
        if rejected and frame["code"] in RETRYABLE_ERRORS:
            return
        self._transcript.add_system_message("error", frame["text"])
        if rejected:
            self._transcript.add_system_message("notice", rejected["text"])  # for the person to copy and correct

    def _on_notice(self, frame: NoticeJSON) -> None:
        name = frame["data"].get("name")
        if isinstance(name, str):
            self.names.add(name)
        self._transcript.add_system_message("notice", frame["text"])
