"""A user's private messages over all conversations, for the page and REST."""

from collections.abc import Callable, Mapping

from django.db import connection
from django.db.models import Count, Max, QuerySet, Sum

from accounts.models import User
from rooms.models import Message, Room

MAX_ID = 2**63 - 1

# Within a conversation ids rise with `seq`: both are assigned under the room's lock.
NEWEST_IDS = """
SELECT said.id FROM ({conversations}) AS room (id) CROSS JOIN LATERAL (
    SELECT id FROM rooms_message WHERE room_id = room.id AND id < %s ORDER BY seq DESC LIMIT %s
) AS said ORDER BY said.id DESC LIMIT %s
"""


def private_messages(
    user: User, before: int | None = None, limit: int = 50
) -> tuple[list[dict[str, object]], int | None]:
    """The newest private messages, oldest first, and the `before` of the next older page (None at the end)."""
    query = NEWEST.get(connection.vendor, newest_by_sorting)
    found = list(query(user, MAX_ID if before is None else before, limit + 1).select_related("author", "room"))
    page = found[:limit][::-1]
    users = User.objects.in_bulk({pk for message in page for pk in message.room.member_ids})
    return [private_shape(message, users) for message in page], page[0].pk if len(found) > limit else None


def newest_by_sorting(user: User, before: int, limit: int) -> QuerySet[Message]:
    return Message.objects.filter(room__in=conversations_of(user), pk__lt=before).order_by("-pk")[:limit]


def newest_by_lateral_join(user: User, before: int, limit: int) -> QuerySet[Message]:
    """`newest_by_sorting` without reading all messages: at most `limit` of each conversation, by its index."""
    conversations, values = conversations_of(user).values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(NEWEST_IDS.format(conversations=conversations), [*values, before, limit, limit])
        return Message.objects.filter(pk__in=[pk for (pk,) in cursor.fetchall()]).order_by("-pk")


NEWEST: Mapping[str, Callable[[User, int, int], QuerySet[Message]]] = {"postgresql": newest_by_lateral_join}


def private_shape(message: Message, users: Mapping[int, User]) -> dict[str, object]:
    """A message with `room` and `recipient`, which is None after that account was deleted."""
    one, other = message.room.member_ids
    if message.author_id is None:
        # Its author's account was deleted: the recipient is the remaining user.
        recipient = users.get(one) or users.get(other)
    else:
        recipient = users.get(other if message.author_id == one else one)
    return {**message.to_dict(), "room": message.room_id, "recipient": recipient and recipient.to_dict()}


def private_messages_etag(user: User) -> str:
    """A value that changes with any change in the user's conversations."""
    state = conversations_of(user).aggregate(Count("pk"), Max("pk"), Sum("version"))
    return "-".join(str(value or 0) for value in state.values())


def conversations_of(user: User) -> QuerySet[Room]:
    return Room.open().filter(kind=Room.Kind.DIRECT, membership__user=user, membership__removed_at=None)
