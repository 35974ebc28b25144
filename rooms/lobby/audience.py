"""What the lobby needs of the hub and of its clients."""

from collections.abc import Collection
from typing import Any, Protocol

from accounts.models import User
from rooms.protocol.frames import EncodedFrame


class LobbyConnection(Protocol):
    """The outgoing side of a client's connection."""

    language: str

    def write(self, frame: EncodedFrame) -> None: ...


class LobbyClient(Protocol):
    """A connected client, as far as the lobby is concerned."""

    user: User
    room_id: int | None

    @property
    def connection(self) -> LobbyConnection: ...

    @property
    def unlisted(self) -> set[int]: ...

    async def move_to_default(self, gone_id: int) -> None: ...


class Audience(Protocol):
    """The clients of this process, and the bus to other processes."""

    def greeted(self) -> Collection[LobbyClient]: ...

    def subscribers(self, room_id: int) -> Collection[Any]: ...

    def publish_elsewhere(self, group: str, event: dict[str, Any]) -> None: ...

    def online_changed(self, user_ids: set[int]) -> None: ...
