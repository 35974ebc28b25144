"""Closing connections whose session or token has ended, and keeping their users' rights current."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone

from accounts.models import Banned
from accounts.sessions import banned_users, valid_principals
from common.db.threads import in_database
from rooms.client.client import Client
from rooms.client.hub_part import EventHandler, HubPart
from rooms.protocol.bus_events import UserEvent
from rooms.protocol.errors import ChatError

CHECK_SECONDS = 8  # with the check itself less than the ten seconds promised where no event arrives


class SessionMonitor(HubPart):
    """Checks the sessions of users named by an event, each session at its end, and all of them every few seconds."""

    def start(self) -> None:
        """Check all sessions again and again."""
        self.tasks.every(CHECK_SECONDS, self.check_sessions, "checking sessions")

    def event_handlers(self) -> Mapping[str, EventHandler]:
        """`sessions`: those of a user have changed. `disconnect`: staff disconnect a user."""
        return {"sessions": lambda event: self._check_soon(event["user"]), "disconnect": self._disconnect}

    async def client_greeted(self, client: Client) -> None:
        """Watch the end of a new client's session."""
        self.expect_end(client, client.session_ends_at)

    def _check_soon(self, user_id: int) -> None:
        self.tasks.start(self.check_sessions(user_id), f"checking the sessions of user {user_id}")

    async def check_sessions(self, user_id: int | None = None) -> None:
        """Close the connections whose session or token has ended: those of one user, or all."""
        clients = self.hub.all_clients() if user_id is None else self.hub.clients_of(user_id)
        valid = await in_database(valid_principals, {client.session_key for client in clients})
        ended = [client for client in clients if client.session_key not in valid]
        for client in clients:
            if principal := valid.get(client.session_key):
                client.user = principal.user
                self.expect_end(client, principal.ends_at)
        if ended:
            await self._close(ended)

    async def _close(self, clients: list[Client]) -> None:
        banned = await in_database(banned_users, {client.user.pk for client in clients})
        for client in clients:
            if user := banned.get(client.user.pk):
                client.close(4003, Banned(user))
            else:
                client.close(4001)

    def _disconnect(self, event: UserEvent) -> None:
        for client in self.hub.clients_of(event["user"]):
            client.close(1000, ChatError("disconnected"))

    def expect_end(self, client: Client, ends_at: datetime | None) -> None:
        """Schedule a check at the end of the client's session, if before the next periodic one; tokens have no end."""
        seconds = (ends_at - timezone.now()).total_seconds() if ends_at else CHECK_SECONDS
        if seconds < CHECK_SECONDS:
            asyncio.get_running_loop().call_later(max(0, seconds), self._check_soon, client.user.pk)
