"""Following removals from rooms: what moderators did to the users of this process's clients."""

import asyncio
from collections import defaultdict
from collections.abc import Callable

from common.db.threads import in_database
from rooms.client.client import Client
from rooms.client.room_access import AccessSnapshot
from rooms.models import Membership


class AccessMonitor:
    """Reads from which rooms users were removed: an event names only the user, and may be lost."""

    def __init__(self, clients_of: Callable[[int], list[Client]]) -> None:
        self.as_of = 0  # the number of the last query that has begun
        self._clients_of = clients_of

    async def check(self, user_ids: list[int]) -> None:
        """Apply the current removals of these users to their clients here."""
        self.as_of += 1
        as_of = self.as_of
        removals = await in_database(_removals, user_ids)
        changes = []
        for user_id in user_ids:
            snapshot = AccessSnapshot(as_of, removals.get(user_id, {}))
            for client in self._clients_of(user_id):
                if not client.room_list.is_current(snapshot):
                    changes.append(client.room_list.apply(snapshot))
        await asyncio.gather(*changes)


def _removals(user_ids: list[int]) -> dict[int, dict[int, Membership]]:
    """`{user id: {room id: membership}}` of the rooms from which these users were removed."""
    found: dict[int, dict[int, Membership]] = defaultdict(dict)
    for membership in Membership.removals(user_ids):
        found[membership.user_id][membership.room_id] = membership
    return found
