"""Somebody's private messages, over all their conversations."""

from django.db import connection
from django.db.models import Count, Max, Sum

from accounts.models import User
from rooms.models.message import Message
from rooms.models.room import Room

MOST = 2**63 - 1


def private_messages(user, before=None, limit=50):
    """The newest ones, oldest first, as shapes with `room` and `recipient`; and what `before` leads to older ones."""
    newest = NEWEST.get(connection.vendor, newest_sorted)(user, MOST if before is None else before, limit + 1)
    found = list(newest.select_related("author", "room"))
    page = found[:limit][::-1]
    people = User.objects.in_bulk({pk for message in page for pk in pair_of(message.room)})
    return [private_shape(message, people) for message in page], page[0].pk if len(found) > limit else None


def newest_sorted(user, before, most):
    return Message.objects.filter(room__in=conversations_of(user), pk__lt=before).order_by("-pk")[:most]


def newest_of_each(user, before, most):
    """The same without reading all that somebody ever said: of each conversation no more than can be shown."""
    conversations, values = conversations_of(user).values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(OF_EACH.format(conversations=conversations), [*values, before, most, most])
        return Message.objects.filter(pk__in=[pk for (pk,) in cursor.fetchall()]).order_by("-pk")


# Within a conversation ids rise with places, for both are given out under the room's lock.
OF_EACH = """
SELECT said.id FROM ({conversations}) AS room (id) CROSS JOIN LATERAL (
    SELECT id FROM rooms_message WHERE room_id = room.id AND id < %s ORDER BY seq DESC LIMIT %s
) AS said ORDER BY said.id DESC LIMIT %s
"""
NEWEST = {"postgresql": newest_of_each}


def private_shape(message, people):
    """The message with the conversation's id and the other person: None when that account was deleted."""
    one, other = pair_of(message.room)
    if message.author_id is None:  # who has gone: the recipient is the one who is left
        one, other = (one, other) if one in people else (other, one)
        recipient = people.get(one)
    else:
        recipient = people.get(other if message.author_id == one else one)
    return {**message.to_dict(), "room": message.room_id, "recipient": recipient and recipient.to_dict()}


def state_of_private(user):
    """Something that differs whenever anything in the user's conversations has changed."""
    state = conversations_of(user).aggregate(Count("pk"), Max("pk"), Sum("version"))
    return "-".join(str(value or 0) for value in state.values())


def conversations_of(user):
    return Room.open().filter(kind=Room.Kind.DIRECT, membership__user=user, membership__removed_at=None)


def pair_of(room):
    return room.member_ids
