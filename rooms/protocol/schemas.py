"""The shapes in which programs get rooms and messages: the same over REST and in the socket's frames."""

from typing import Literal

from accounts.api.schemas import Person
from common.api.schemas import Shape

ChangeKind = Literal["message", "edit", "erase", "anonymise"]


class Message(Shape):
    """A line in a room's log; `id` is the UUID its author's client made, `at` the server's time, `html` is safe."""

    seq: int
    version: int
    id: str
    author: Person | None
    text: str
    html: str
    at: str
    edited: bool
    erased: bool


class RoomCard(Shape):
    """A public room; `people` counts who is in it now; `closes_at` tells when, if its owner does not come back.

    `slow_seconds` is how long everybody waits between two messages.
    """

    id: int
    kind: Literal["public"]
    name: str
    people: int
    owner: Person | None
    default: bool
    permanent: bool
    slow_seconds: int
    closes_at: str | None


class Place(Shape):
    """A room, in brief."""

    id: int
    name: str


class UserCard(Person):
    """A user in the directory: whether they are connected, and where; `age` in years, if it is known."""

    online: bool
    room: Place | None
    age: int | None
