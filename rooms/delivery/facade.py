"""The live part for those who are not connected to it: REST calls, the admin, management commands.

In a server process everything goes by its hub; elsewhere by the same verb, and the pubsub rings for the others.
"""

import asyncio

from asgiref.sync import async_to_sync

from common.db.threads import in_database
from rooms.account_deletion.anonymise import unsign
from rooms.log.batch import write
from rooms.protocol.errors import ChatError

from .change_events import groups_of, tidings, user_group
from .hub import ring, running
from .pubsub import SITE_GROUP

# Of what somebody has said who goes: more would keep them waiting for the answer.
PORTIONS_AT_ONCE = 20


class OfflineActor:
    """Somebody who acts without a connection. Stands in no room, though `room_id` may be named as if."""

    is_connected = False

    def __init__(self, user, language, room_id=None):
        self.user = user
        self.language = language
        self.room_id = room_id

    async def enter(self, room):
        raise ChatError("needs_client")

    async def relist(self, room_id, name, is_hidden):
        """Nothing to do: there is no client whose list would change."""


def on_loop(call, *args):
    """`await call(*args)` from a thread: on the hub's loop, where one runs."""
    hub = running()
    if hub is None:
        return async_to_sync(call)(*args)
    return asyncio.run_coroutine_threadsafe(call(*args), hub.loop).result()


def take_turn(user_id):
    """Count something said or commanded against its author's rate, the same as on sockets; raises `slow_down`."""
    hub = running()
    if hub is not None:
        hub.rate_of(user_id).take()


async def post(draft):
    """Write through the one verb; the `Saved`, or raises `ChatError`."""
    hub = running()
    return await (hub.outbox.post(draft) if hub else in_database(_post_alone, draft))


def _post_alone(draft):
    [outcome] = write([draft])
    if isinstance(outcome, ChatError):
        raise outcome
    for _head, _changed, groups, message in [] if outcome.duplicate else tidings([outcome]):
        for group in groups:
            ring(group, message)
    return outcome


async def announce():
    """Rooms have come or gone: all processes look soon."""
    hub = running()
    if hub:
        hub.lobby.announce()
    else:
        await in_database(ring, SITE_GROUP, {"type": "lobby"})


async def mind(user_id=None, room_id=None, notice=None, **data):
    """Something was done about a person, or a room: their clients follow and read a notice; lists are told anew."""
    # To all processes, for it is seldom: one that has only just followed the room or the person hears it too.
    ring_out = {"type": "order", "user": user_id, "room": room_id, "notice": notice, "data": data}
    hub = running()
    if hub:
        hub.ring(SITE_GROUP, ring_out)
    else:
        await in_database(ring, SITE_GROUP, ring_out)
    await announce()


def announce_to_all(text, name):
    """Words of staff to everybody who is connected, from a thread."""
    ring(SITE_GROUP, {"type": "broadcast", "text": text, "by": name})


def disconnect(user_id):
    """Send a person's clients away, from a thread; they may come back."""
    ring(user_group(user_id), {"type": "disconnect", "user": user_id})


def tell_to_read(room):
    """Much of a log has changed, from a thread: whoever listens to the room reads what is new, or begins it anew."""
    head = {"room": room.pk, "epoch": room.epoch, "since": room.version, "version": room.version}
    for group in groups_of(room.pk, room.member_ids):
        ring(group, {"type": "saved", **head, "messages": [], "members": []})


def tell_departure(user_id):
    """Somebody's account has ended, from a thread: others see it at once, and of what was said the newest first.

    What is much is left to the housekeeper.
    """
    ring(SITE_GROUP, {"type": "departed", "user": user_id})
    changed = {}
    for _portion in range(PORTIONS_AT_ONCE):
        room = unsign(user_id)
        if room is None:
            break
        changed[room.pk] = room
    for room in changed.values():
        tell_to_read(room)


async def relist(user_id, room, is_hidden):
    """A room is off, or on again, the lists of this user's clients."""
    hub = running()
    if hub:
        hub.relist(user_id, room, is_hidden)
