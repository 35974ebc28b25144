"""The clients of this process, by user, and how fast their users may send."""

from collections import defaultdict

from django.conf import settings

from rooms.client.client import Client
from rooms.client.connection import Connection
from rooms.delivery.rate_limit import RateLimit


class Clients:
    """The registry: clients of users who are known, and all connections, also those whose user is not known yet."""

    def __init__(self) -> None:
        self.connections: set[Connection] = set()
        self._by_user: dict[int, set[Client]] = defaultdict(set)
        self._rates: dict[int, RateLimit] = {}

    def add(self, client: Client) -> bool:
        """Add a client; whether it is its user's first in this process."""
        is_first = client.user.pk not in self._by_user
        self._by_user[client.user.pk].add(client)
        return is_first

    def remove(self, client: Client) -> bool:
        """Remove a client; whether it was its user's last in this process."""
        clients = self._by_user[client.user.pk]
        clients.discard(client)
        if clients:
            return False
        del self._by_user[client.user.pk]
        return True

    def user_ids(self) -> list[int]:
        """Ids of the users with a client in this process."""
        return list(self._by_user)

    def of_user(self, user_id: int) -> list[Client]:
        """The clients of a user in this process."""
        return list(self._by_user.get(user_id, ()))

    def all(self) -> list[Client]:
        """All clients of this process."""
        return [client for clients in self._by_user.values() for client in clients]

    def greeted(self) -> list[Client]:
        """The clients that have had their `hello`."""
        return [client for client in self.all() if client.is_greeted]

    def send_away(self) -> None:
        """Ask all clients to reconnect after a delay, and close their connections."""
        for connection in self.connections | {client.connection for client in self.all()}:
            connection.send_away()

    async def close_slow(self) -> None:
        """Close the clients that have not confirmed for too long what they were sent."""
        for client in self.all():
            if client.window.is_overdue:
                client.close(4008)

    def rate_of(self, user_id: int) -> RateLimit:
        """The limit of how fast a user may send messages, over all their clients here."""
        return self._rates.setdefault(user_id, RateLimit(settings.CHAT_MESSAGE_RATE, settings.CHAT_MESSAGE_BURST))

    def forget_rates(self) -> None:
        """Drop full rate limits of users without clients here; no others, or reconnecting would refill them."""
        for user_id, rate in list(self._rates.items()):  # REST calls add theirs from other threads
            if user_id not in self._by_user and rate.is_full:
                del self._rates[user_id]
