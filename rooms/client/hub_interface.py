"""What a client needs of the hub of its process."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from common.db.batcher import Batcher
from rooms.delivery.outbox import Outbox
from rooms.delivery.rate_limit import RateLimit
from rooms.lobby.lobby import Lobby
from rooms.lobby.snapshot import Snapshot
from rooms.models import Room
from rooms.presence.leases import Leases

if TYPE_CHECKING:
    from .client import Client
    from .hub_part import HubPart

P = TypeVar("P", bound="HubPart")


class AccessVersion(Protocol):
    """The numbers of the queries that read from which rooms users were removed."""

    as_of: int


class HubInterface(Protocol):
    """The hub, as far as clients use it."""

    outbox: Outbox
    leases: Leases
    lobby: Lobby
    bootstrap: Batcher[int, Any]

    @property
    def access(self) -> AccessVersion: ...

    @property
    def parts(self) -> Sequence["HubPart"]: ...

    @property
    def process_name(self) -> str: ...

    @property
    def is_alone(self) -> bool: ...

    @property
    def snapshot(self) -> Snapshot: ...

    def rate_of(self, user_id: int) -> RateLimit: ...

    def clients_of(self, user_id: int) -> "list[Client]": ...

    def register(self, client: "Client") -> None: ...

    def unregister(self, client: "Client") -> None: ...

    async def subscribe(self, client: "Client", room: Room, epoch: str, version: int) -> None: ...

    def unsubscribe(self, client: "Client", room_id: int) -> None: ...

    def part(self, kind: "type[P]") -> "P": ...

    def publish_listing(self, user_id: int, room: Room, is_hidden: bool) -> None: ...
