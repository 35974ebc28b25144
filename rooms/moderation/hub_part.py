"""Moderation in each server process: notices of what moderators did, and whom each user has blocked."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import override

from accounts.models import User
from common.db.threads import in_database
from rooms.client.client import Client
from rooms.client.hub_part import EventHandler, HubPart, MembershipsByUser
from rooms.protocol.bus_events import AccessChangeEvent

from . import notices, schemas
from .blocks import blocked_by


class ModerationPart(HubPart):
    """Sends moderation notices, and reloads block lists from the database: events lack them and may be lost."""

    def event_handlers(self) -> Mapping[str, EventHandler]:
        """`order`: a moderation action, or a block, changed what `user` may do, or concerns a whole `room`."""
        return {"order": self._on_moderated}

    def load(self, memberships: MembershipsByUser) -> Mapping[int, list[User]]:
        """Whom each of the users has blocked."""
        found: Mapping[int, list[User]] = blocked_by(memberships.keys())
        return found

    def client_loaded(self, client: Client, loaded: list[User] | None) -> None:
        """The client does not show what blocked users write."""
        client.blocked = {user.pk: user for user in loaded or ()}

    def hello(self, client: Client) -> Mapping[str, Any]:
        """`blocked`: the users whose messages are folded."""
        return {"blocked": [user.to_dict() for user in client.blocked.values()]}

    def _on_moderated(self, event: AccessChangeEvent) -> None:
        user_id = event["user"]
        if user_id is None:
            # By `room_id` and not by subscription: a client that is just entering subscribes a moment later.
            self._notify((one for one in self.hub.all_clients() if one.room_id == event["room"]), event)
        elif clients := self.hub.clients_of(user_id):
            self._notify(clients, event)
            self.hub.start_task(self.check([user_id]), "reading who is blocked")

    @staticmethod
    def _notify(clients: Iterable[Client], event: AccessChangeEvent) -> None:
        for client in clients:
            if event["notice"] and client.is_greeted:
                with override(client.language):
                    client.connection.send(notices.moderated(event["room"], event["notice"], **event["data"]))

    async def check(self, user_ids: list[int]) -> None:
        """Read whom these users have blocked, and tell their clients if that has changed."""
        blocked = await in_database(blocked_by, user_ids)
        for user_id in user_ids:
            for client in self.hub.clients_of(user_id):
                self._set_blocked(client, blocked[user_id])

    @staticmethod
    def _set_blocked(client: Client, users: list[User]) -> None:
        blocked = {user.pk: user for user in users}
        if client.is_greeted and blocked.keys() != client.blocked.keys():
            client.blocked = blocked
            client.connection.send(schemas.blocked([user.to_dict() for user in users]))
