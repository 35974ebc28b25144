"""The hub for code outside the event loop: REST calls, views, the admin, management commands.

In a server process everything goes through its hub; elsewhere the same verbs are called directly, and events are
published for the servers.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, TypeVarTuple, Unpack

from asgiref.sync import async_to_sync

from accounts.models import User
from common.db.threads import in_database
from rooms.delivery.change_events import SITE_GROUP, groups_of, room_changes, user_group
from rooms.delivery.outbox import Entry
from rooms.log.batch import write
from rooms.log.outcomes import Saved
from rooms.models import Room
from rooms.protocol import bus_events
from rooms.protocol.errors import ChatError
from rooms.protocol.server_frames import NoticeData

from .process import publish, running

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class OfflineActor:
    """A user who acts without a connection: in no room, though `room_id` may be named for commands that need one."""

    has_connection = False

    def __init__(self, user: User, language: str, room_id: int | None = None) -> None:
        self.user = user
        self.language = language
        self.room_id = room_id

    async def enter(self, room: Room) -> None:
        """Raises `needs_client`."""
        raise ChatError("needs_client")

    async def relist(self, room_id: int, name: str, is_hidden: bool) -> None:
        """Do nothing: there is no client whose list would change."""


def on_loop(call: Callable[[*Ts], Coroutine[Any, Any, T]], *args: *Ts) -> T:
    """`await call(*args)` from a thread: on the hub's loop, where one runs."""
    hub = running()
    if hub is None:
        return async_to_sync(call)(*args)
    return asyncio.run_coroutine_threadsafe(call(*args), hub.loop).result()


def take_rate(user_id: int) -> None:
    """Count a message or command against its author's rate limit, as on sockets; raises `slow_down`."""
    hub = running()
    if hub is not None:
        hub.rate_of(user_id).take()


async def post(draft: Entry) -> Saved:
    """Write a draft to the log; returns the `Saved`, or raises `ChatError`."""
    hub = running()
    return await (hub.outbox.post(draft) if hub else in_database(_post, draft))


def _post(draft: Entry) -> Saved:
    [outcome] = write([draft])
    if isinstance(outcome, ChatError):
        raise outcome
    for change in [] if outcome.duplicate else room_changes([outcome]):
        for group in change.groups:
            publish(group, change.event)
    return outcome


async def publish_lobby_change() -> None:
    """Rooms have come or gone: all processes refresh their lobby."""
    hub = running()
    if hub:
        hub.lobby.announce()
    else:
        await in_database(publish, SITE_GROUP, bus_events.lobby())


async def publish_access_change(
    user_id: int | None = None, room_id: int | None = None, notice: str | None = None, **data: Unpack[NoticeData]
) -> None:
    """A moderator did something about a user, or about a whole room: clients follow, get a notice, and new lists."""
    # To all processes, for it is rare: one that has only just followed the room or the user gets it too.
    event = bus_events.access_change(user_id, room_id, notice, data)
    hub = running()
    if hub:
        hub.publish(SITE_GROUP, event)
    else:
        await in_database(publish, SITE_GROUP, event)
    await publish_lobby_change()


def publish_announcement(text: str, name: str) -> None:
    """Send a text of staff to everybody who is connected; from a thread."""
    publish(SITE_GROUP, bus_events.broadcast(text, name))


def disconnect(user_id: int) -> None:
    """Disconnect a user's clients, which may come back; from a thread."""
    publish(user_group(user_id), bus_events.disconnect(user_id))


def publish_refresh(room: Room) -> None:
    """Much of a log has changed: subscribers read what is new, or begin the room anew; from a thread."""
    for group in groups_of(room.pk, room.member_ids):
        publish(group, bus_events.saved(room.pk, room.epoch, room.version, room.version, [], []))


async def publish_listing(user_id: int, room: Room, is_hidden: bool) -> None:
    """A room is off, or on again, the lists of this user's clients."""
    hub = running()
    if hub:
        hub.publish_listing(user_id, room, is_hidden)
