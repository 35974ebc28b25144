"""Sockets end with the session or token they stand for, and know their person as they are now."""

import asyncio
import logging

from django.utils import timezone

from accounts.models import Banned
from accounts.sessions import banned_users, valid_principals
from common.db.threads import in_database
from rooms.protocol.errors import ChatError

log = logging.getLogger(__name__)

CHECK_SECONDS = 8  # with the check itself less than the ten that are promised where no ring arrives


class Sessions:
    """Looks at those of whom a ring says that something has changed, at each when it ends, and anyway at all."""

    def __init__(self, hub):
        self._hub = hub
        self.task = asyncio.ensure_future(self._check_forever())

    async def _check_forever(self):
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            await self._look()

    def heard(self, ring):
        asyncio.ensure_future(self._look(ring["user"]))

    async def _look(self, user_id=None):
        try:
            await self.check(user_id)
        except Exception:
            log.exception("Could not check sessions; the next check makes good")

    async def check(self, user_id=None):
        """Close the sockets whose session or token no longer holds: of one user, or of all."""
        clients = self._hub.everyone() if user_id is None else list(self._hub.clients.get(user_id, ()))
        holding = await in_database(valid_principals, {client.session_key for client in clients})
        ended = [client for client in clients if client.session_key not in holding]
        for client in clients:
            if holder := holding.get(client.session_key):
                client.user = holder.user
                self.expect_end(client, holder.ends_at)
        if ended:
            await self._end(ended)

    async def _end(self, clients):
        banned = await in_database(banned_users, {client.user.pk for client in clients})
        for client in clients:
            if user := banned.get(client.user.pk):
                client.end(4003, Banned(user))
            else:
                client.end(4001)

    def send_away(self, ring):
        """Staff have disconnected somebody, who may come back when they want to."""
        for client in list(self._hub.clients.get(ring["user"], ())):
            client.end(1000, ChatError("disconnected"))

    def expect_end(self, client, ends_at):
        """Look when the client's session ends, if that comes before the next look at all; `ends_at` may be None."""
        seconds = (ends_at - timezone.now()).total_seconds() if ends_at else CHECK_SECONDS
        if seconds < CHECK_SECONDS:
            ring = {"user": client.user.pk}
            asyncio.get_running_loop().call_later(max(0, seconds), self.heard, ring)
