"""What was done about a person, in a room or by somebody who does not hear them: their clients follow at once."""

import asyncio
import logging

from django.utils.translation import override

from common.db.threads import in_database
from rooms.models import Membership
from rooms.presence import notices

from .blocks import blocked_by

log = logging.getLogger(__name__)


class Order:
    """State read again: a ring only says about whom, and the head check finds what no ring has told."""

    def __init__(self, hub):
        self._hub = hub
        self.look = 0  # the number of the last that has begun

    def heard(self, ring):
        """Something was done about `user`, or, if that is None, about a whole `room`."""
        if ring["user"] is None:
            # Not those who listen: whoever is just coming in listens a moment later, and has had the room's old card.
            self._tell([client for client in self._hub.everyone() if client.room_id == ring["room"]], ring)
        elif ring["user"] in self._hub.clients:
            self._tell(self._hub.clients[ring["user"]], ring)
            asyncio.ensure_future(self._look_at(ring["user"]))

    def departed(self, ring):
        """Somebody's account has ended: whoever talks with them in private sees that."""
        for client in self._hub.greeted():
            client.part_from(ring["user"])
        self._hub.lobby.stir()

    @staticmethod
    def _tell(clients, ring):
        for client in [client for client in clients if ring["notice"] and client.is_greeted]:
            with override(client.language):
                client.connection.tell(notices.of_order(ring["room"], ring["notice"], **ring["data"]))

    async def _look_at(self, user_id):
        try:
            await self.check([user_id])
        except Exception:
            log.exception("Could not look at what was done about user %s; the head check tries again", user_id)

    async def check(self, user_ids):
        """Take these people out where they may not be, list where they may be again, and hold whom they do not hear.

        Looks are numbered as they begin, and every ring begins one: what an older one read is not followed after it.
        """
        self.look += 1
        look = self.look
        kept_out, blocked = await in_database(look_at, user_ids)
        followed = []
        for user_id in user_ids:
            for client in list(self._hub.clients.get(user_id, ())):
                client.block(blocked[user_id])
                if not client.knows(kept_out[user_id], look):
                    followed.append(client.keep_out(kept_out[user_id], look))
        await asyncio.gather(*followed)


def look_at(user_ids):
    """`({user id: {room id: Membership}}, {user id: users})`: where these people may not be, and whom they block."""
    kept_out = {user_id: {} for user_id in user_ids}
    for membership in Membership.removals(user_ids):
        kept_out[membership.user_id][membership.room_id] = membership
    return kept_out, blocked_by(user_ids)
