"""Direct conversations in each server process: their two people get everything, wherever they are."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import DatabaseError
from django.utils.translation import override

from common.db.threads import in_database
from rooms.client.client import Client
from rooms.client.hub_part import EventHandler, HubPart, HubServices, MembershipsByUser
from rooms.delivery.change_events import room_group, user_group
from rooms.models import Membership, Room
from rooms.presence.placement import Placed
from rooms.protocol import frames
from rooms.protocol.bus_events import SavedEvent, UserEvent
from rooms.protocol.errors import ChatError
from rooms.protocol.schemas import DirectRoomCard

from .conversation import Conversation

# None while the conversation is being opened.
Conversations = dict[int, Conversation | None]


class DirectConversations(HubPart):
    """Subscribes each client to the conversations of its user, and to new ones with their first message."""

    room_kind = Room.Kind.DIRECT

    def __init__(self, hub: HubServices) -> None:
        super().__init__(hub)
        self._open: dict[Client, Conversations] = {}

    def event_handlers(self) -> Mapping[str, EventHandler]:
        """`saved`: perhaps the first message of a conversation. `departed`: an account was deleted."""
        return {"saved": self._on_saved, "departed": self._on_account_deleted}

    # --- Connecting

    def load(self, memberships: MembershipsByUser) -> Mapping[int, list[Conversation]]:
        """The conversations of the users in which something was said."""
        found: Mapping[int, list[Conversation]] = Conversation.of_each(memberships)
        return found

    def client_loaded(self, client: Client, loaded: list[Conversation] | None) -> None:
        """Keep the conversations; the client is subscribed to them once it is greeted."""
        self._open[client] = {conversation.room.pk: conversation for conversation in loaded or ()}

    def hello(self, client: Client) -> Mapping[str, Any]:
        """`conversations`: their cards."""
        return {"conversations": [self._card(client, found) for found in self._opened(client)]}

    async def client_greeted(self, client: Client) -> None:
        """Subscribe the client to its conversations, each from the version sent in `hello`."""
        for conversation in self._opened(client):
            await self.hub.subscribe_at(client, conversation.room)

    def client_left(self, client: Client) -> None:
        """Forget the client."""
        self._open.pop(client, None)

    def _opened(self, client: Client) -> list[Conversation]:
        return [conversation for conversation in self._open.get(client, {}).values() if conversation]

    # --- Opening

    async def open_room(
        self, client: Client, room: Room, epoch: str, version: int, frame_id: str | None = None
    ) -> None:
        """Send the conversation's card, and catch up with its log."""
        conversations = self._open.setdefault(client, {})
        conversation = conversations.get(room.pk)
        if not conversation:
            opened: Conversation = await in_database(Conversation.seen_by, client.user, room)
            conversation = conversations[room.pk] = opened
            client.notify_joined(room, Placed(read_seq=conversation.read_seq))
        self._send_card(client, conversation, frame_id)
        await client.catch_up(room, epoch, version)

    def groups(self, client: Client, room_id: int) -> list[str] | None:
        """The group of the other person."""
        if room_id not in self._open.get(client, {}):
            return None
        conversation = self._open[client][room_id]
        other = conversation.other if conversation else None
        return [user_group(other.pk)] if other else [room_group(room_id)]

    def _on_saved(self, event: SavedEvent) -> None:
        for user_id in event["members"]:
            for client in self.hub.clients_of(user_id):
                self._notice(client, event["room"])

    def _notice(self, client: Client, room_id: int) -> None:
        """Subscribe the client to a conversation that has a new message, unless it is subscribed already."""
        conversations = self._open.get(client)
        if client.is_greeted and conversations is not None and room_id not in conversations:
            conversations[room_id] = None
            self.hub.start_task(self._subscribe(client, room_id), f"opening conversation {room_id}")

    async def _subscribe(self, client: Client, room_id: int) -> None:
        try:
            room = await in_database(Room.visible_to, client.user, room_id)
            async with client.moving:
                if self._open.get(client, {}).get(room_id) is None:  # or the client has opened it meanwhile
                    await self.open_room(client, room, "", 0)
        except (ChatError, DatabaseError):
            # Forgotten, so that the head check tries again.
            self._open.get(client, {}).pop(room_id, None)
            raise

    async def check(self, user_ids: list[int]) -> None:
        """Find conversations whose first message was published in an event that was lost."""
        for user_id, room_id in await in_database(_conversations, user_ids):
            for client in self.hub.clients_of(user_id):
                self._notice(client, room_id)

    # --- The other person

    def online_changed(self, user_ids: set[int]) -> None:
        """Send the cards of conversations with these users."""
        for client, conversations in list(self._open.items()):
            for conversation in list(conversations.values()):
                if client.is_greeted and conversation and conversation.other and conversation.other.pk in user_ids:
                    self._send_card(client, conversation)

    def _on_account_deleted(self, event: UserEvent) -> None:
        for client, conversations in list(self._open.items()):
            for room_id, conversation in list(conversations.items()):
                if conversation and conversation.other and conversation.other.pk == event["user"]:
                    left = conversations[room_id] = replace(conversation, other=None)
                    if client.is_greeted:
                        self._send_card(client, left)
        self.hub.wake_lobby()

    def _card(self, client: Client, conversation: Conversation) -> DirectRoomCard:
        return client.card(conversation.to_dict(self.hub.snapshot.online))

    def _send_card(self, client: Client, conversation: Conversation, frame_id: str | None = None) -> None:
        with override(client.language):
            card = self._card(client, conversation)
        client.connection.send(frames.room(card, frame_id))


def _conversations(user_ids: list[int]) -> list[tuple[int, int]]:
    """`(user id, room id)` of the direct conversations of these users in which something was said."""
    theirs = Membership.objects.filter(user__in=user_ids, removed_at=None, room__closed_at=None)
    return list(theirs.filter(room__kind=Room.Kind.DIRECT, room__last_seq__gt=0).values_list("user_id", "room_id"))
