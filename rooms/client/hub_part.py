"""How a feature takes part in the hub of a server process: its hooks, and what it may use of the hub."""

from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from common.tasks import BackgroundTasks
from rooms.lobby.snapshot import Snapshot
from rooms.models import Membership, Message, Room
from rooms.models.locked import Head
from rooms.presence.placement import Placed
from rooms.protocol.bus_events import BusEvent

if TYPE_CHECKING:
    from .client import Client

# Takes the event of its type; which type goes to which handler is known at run time only.
EventHandler = Callable[[Any], None]
MembershipsByUser = Mapping[int, Mapping[int, Membership]]


class HubServices(Protocol):
    """The part of the hub that features may use."""

    @property
    def process_name(self) -> str:
        """Host and process id, as people read it."""

    @property
    def snapshot(self) -> Snapshot:
        """The public rooms and who is in them, as of the last refresh."""

    @property
    def is_alone(self) -> bool:
        """Whether there is no channel layer, hence no other process to publish to."""

    @property
    def is_busy(self) -> bool:
        """Whether more drafts wait for the database than on a quiet site; what is optional is then dropped."""

    def user_ids(self) -> list[int]:
        """Ids of the users with a client in this process."""

    def clients_of(self, user_id: int) -> "list[Client]":
        """The clients of a user in this process."""

    def subscribers(self, room_id: int) -> "Collection[Client]":
        """The clients of this process that get the changes of a room."""

    def all_clients(self) -> "list[Client]":
        """All clients of this process."""

    def greeted(self) -> "list[Client]":
        """The clients that have had their `hello`."""

    async def subscribe(self, client: "Client", room: Room, epoch: str, version: int) -> None:
        """Send a client all changes after `version` of `epoch`, and subscribe it to the room's further ones."""

    async def subscribe_at(self, client: "Client", room: Room) -> None:
        """`subscribe` from where `room` stood when it was read; sends nothing if nothing has changed since."""

    def publish(self, group: str, event: BusEvent) -> None:
        """Publish an event to all processes, this one included, where it is handled at once."""

    def publish_elsewhere(self, group: str, event: BusEvent) -> None:
        """Publish an event to the other processes."""

    def publish_if_idle(self, group: str, event: BusEvent) -> None:
        """`publish_elsewhere`, but drop the event if several are queued: for events that are useless later."""

    async def join_group(self, group: str) -> None:
        """Receive the events of a group; returns when they are proven to arrive, or after a second."""

    def groups_of(self, client: "Client", room_id: int) -> list[str]:
        """The groups that get what a client does in a room; raises `not_here` for a room it takes no part in."""

    def wake_lobby(self) -> None:
        """Refresh the snapshot soon."""

    def start_task(self, coroutine: Coroutine[Any, Any, object], name: str) -> None:
        """Run a coroutine in the background until it ends or the hub closes; a failure is logged."""


class HubPart:
    """What a feature does in each server process. Every hook may stay as it is here: doing nothing."""

    # Rooms of this kind are opened by this part (`open_room`); a client stays in the room it is in.
    room_kind: str | None = None

    def __init__(self, hub: HubServices) -> None:
        self.hub = hub
        self.tasks = BackgroundTasks()

    def start(self) -> None:
        """Start background tasks, on `self.tasks`."""

    async def close(self) -> None:
        """Cancel the background tasks; overrides also release leases held in the database."""
        await self.tasks.close()

    def event_handlers(self) -> Mapping[str, EventHandler]:
        """Handlers of events between processes, by type."""
        return {}

    def load(self, memberships: MembershipsByUser) -> Mapping[int, Any]:
        """What the feature needs of users who connect, `{user id: anything}`. Runs on a database thread, in batches."""
        return {}

    def client_loaded(self, client: "Client", loaded: Any) -> None:
        """A client is about to be placed in a room; `loaded` is its user's part of what `load` returned, or None."""

    def client_placed(self, client: "Client", memberships: Mapping[int, Membership]) -> None:
        """A new client has its room; `memberships` are those of listed rooms."""

    def hello(self, client: "Client") -> Mapping[str, Any]:
        """Fields of the `hello` frame."""
        return {}

    def card(self, client: "Client", room_id: int) -> Mapping[str, Any]:
        """Fields of a room's card that are the client's own."""
        return {}

    def hello_sent(self, client: "Client") -> None:
        """The `hello` frame has been sent."""

    async def client_greeted(self, client: "Client") -> None:
        """A new client has its room's log, and may get more."""

    def room_joined(self, client: "Client", room: Room, placed: Placed) -> None:
        """A client was placed in a room."""

    async def open_room(
        self, client: "Client", room: Room, epoch: str, version: int, frame_id: str | None = None
    ) -> None:
        """A client opens a room of `room_kind`."""

    def groups(self, client: "Client", room_id: int) -> list[str] | None:
        """The groups that get what a client does in a room of this part; None if it is not one of the client's."""
        return None

    def rooms_lost(self, user_id: int, room_ids: Collection[int]) -> None:
        """A user no longer has these rooms: hidden, removed, or closed."""

    def client_left(self, client: "Client") -> None:
        """A client has disconnected."""

    def user_left(self, user_id: int) -> None:
        """The last client of a user has disconnected from this process."""

    def messages_saved(self, head: Head, messages: Sequence[Message]) -> None:
        """Note a room's new messages, after their commit. Runs for every message: only note what is to be done."""

    def online_changed(self, user_ids: set[int]) -> None:
        """These users have come online or gone offline, on any server."""

    async def check(self, user_ids: list[int]) -> None:
        """Reconcile this process's state of these users with the database: events may have been lost."""
