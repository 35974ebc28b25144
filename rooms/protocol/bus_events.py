"""Events that server processes publish to each other: their schemas, constructors and tolerant decoding.

In a rolling upgrade processes of two releases share the bus: names on the wire stay, a new field is `NotRequired`.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, cast, get_args

from typing_extensions import TypedDict

from accounts.schemas import Person

from .schemas import MessageDict, types_of
from .server_frames import NoticeData


class SavedEvent(TypedDict):
    """A room's log has changed; `members`: ids of the two users of a private conversation, else empty."""

    type: Literal["saved"]
    room: int
    epoch: str
    since: int
    version: int
    messages: list[MessageDict]
    members: list[int]


def saved(
    room_id: int, epoch: str, since: int, version: int, messages: list[MessageDict], member_ids: list[int]
) -> SavedEvent:
    return {
        "type": "saved",
        "room": room_id,
        "epoch": epoch,
        "since": since,
        "version": version,
        "messages": messages,
        "members": member_ids,
    }


class LobbyEvent(TypedDict):
    """Rooms, or the people in them, have changed: refresh the snapshot."""

    type: Literal["lobby"]


def lobby() -> LobbyEvent:
    return {"type": "lobby"}


class ListedEvent(TypedDict):
    """A user has put a room off their list, or back on it."""

    type: Literal["listed"]
    user: int
    room: int
    name: str
    is_hidden: bool


def listed(user_id: int, room_id: int, name: str, is_hidden: bool) -> ListedEvent:
    return {"type": "listed", "user": user_id, "room": room_id, "name": name, "is_hidden": is_hidden}


class UnreadEvent(TypedDict):
    """Last messages' places `(room id, last_seq)` and read markers `(user id, room id, read_seq)` that have risen."""

    type: Literal["unread"]
    heads: list[tuple[int, int]]
    marks: list[tuple[int, int, int]]


def unread(heads: Iterable[tuple[int, int]], marks: Iterable[tuple[int, int, int]]) -> UnreadEvent:
    return {"type": "unread", "heads": list(heads), "marks": list(marks)}


class TypingEvent(TypedDict):
    """A user is typing in a room."""

    type: Literal["typing"]
    room: int
    user: Person


def typing(room_id: int, user: Person) -> TypingEvent:
    return {"type": "typing", "room": room_id, "user": user}


class UserEvent(TypedDict):
    """A user's sessions, tokens or rights have changed; staff have disconnected them; their account was deleted."""

    type: Literal["sessions", "disconnect", "departed"]
    user: int


def sessions(user_id: int) -> UserEvent:
    return {"type": "sessions", "user": user_id}


def disconnect(user_id: int) -> UserEvent:
    return {"type": "disconnect", "user": user_id}


def account_deleted(user_id: int) -> UserEvent:
    return {"type": "departed", "user": user_id}


# A frame, posted to the process `from` for an event stream of another one.
PostedEvent = TypedDict(
    "PostedEvent",
    {"type": Literal["posted"], "token": str, "from": str, "stream": str, "proof": str, "text": str | None},
)


def posted(token: str, process: str, stream: str, proof: str, text: str | None) -> PostedEvent:
    return {"type": "posted", "token": token, "from": process, "stream": stream, "proof": proof, "text": text}


class PostAnsweredEvent(TypedDict):
    """Answers `posted` by its token: the code of the error, or None when the frame was handed over."""

    type: Literal["post_answered"]
    token: str
    code: str | None
    retry_after: float | None


def post_answered(token: str, code: str | None, retry_after: float | None) -> PostAnsweredEvent:
    return {"type": "post_answered", "token": token, "code": code, "retry_after": retry_after}


class BroadcastEvent(TypedDict):
    """An announcement of staff to all clients."""

    type: Literal["broadcast"]
    text: str
    by: str


def broadcast(text: str, author_name: str) -> BroadcastEvent:
    return {"type": "broadcast", "text": text, "by": author_name}


class AccessChangeEvent(TypedDict):
    """Moderation has changed what a user may do; without a user: something that concerns a whole room."""

    type: Literal["order"]
    user: int | None
    room: int | None
    notice: str | None
    data: NoticeData


def access_change(user_id: int | None, room_id: int | None, notice: str | None, data: NoticeData) -> AccessChangeEvent:
    return {"type": "order", "user": user_id, "room": room_id, "notice": notice, "data": data}


class ProofEvent(TypedDict):
    """Comes back to its sender when a subscription has taken effect."""

    type: Literal["proof"]
    token: str


def proof(token: str) -> ProofEvent:
    return {"type": "proof", "token": token}


BusEvent = (
    SavedEvent | LobbyEvent | ListedEvent | UnreadEvent | TypingEvent | UserEvent | PostedEvent | PostAnsweredEvent
    | BroadcastEvent | AccessChangeEvent | ProofEvent
)  # fmt: skip
REQUIRED_FIELDS = {name: event.__required_keys__ for event in get_args(BusEvent) for name in types_of(event)}

# Events on their way to the channels of one group, `from` a process.
EventBatch = TypedDict("EventBatch", {"type": Literal["peal"], "from": str, "rings": list[BusEvent]})


def batch(events: list[BusEvent], sender: str = "") -> EventBatch:
    """`sender`: name of the process, which drops its own events when they come back."""
    return {"type": "peal", "from": sender, "rings": events}


def decode_batch(message: Mapping[str, object]) -> tuple[str, list[BusEvent]]:
    """Sender and events of a message of the channel layer, without those that this release does not know."""
    events = message.get("rings")
    decoded = [event for item in events if (event := decode(item))] if isinstance(events, list | tuple) else []
    return str(message.get("from", "")), decoded


def decode(item: object) -> BusEvent | None:
    """The event; None if its type is unknown or a field is missing."""
    if not isinstance(item, dict):
        return None
    required = REQUIRED_FIELDS.get(str(item.get("type")))
    return cast(BusEvent, item) if required is not None and required <= item.keys() else None
