"""Somebody's private messages, over all their conversations."""

from django.db.models import Count, Max, Sum

from accounts.models import User

from .message import Message
from .room import Room


def private_messages(user, before=None, limit=50):
    """The newest ones, oldest first, as shapes with `room` and `recipient`; and what `before` leads to older ones."""
    mine = Message.objects.filter(room__in=conversations_of(user)).select_related("author", "room")
    if before is not None:
        mine = mine.filter(pk__lt=before)
    found = list(mine.order_by("-pk")[: limit + 1])
    page = found[:limit][::-1]
    people = User.objects.in_bulk({pk for message in page for pk in pair_of(message.room)})
    return [private_shape(message, people) for message in page], page[0].pk if len(found) > limit else None


def private_shape(message, people):
    """The message with the conversation's id and the other person: None when that account was deleted."""
    one, other = pair_of(message.room)
    recipient = people.get(other if message.author_id == one else one)
    return {**message.shape(), "room": message.room_id, "recipient": recipient and recipient.shape()}


def state_of_private(user):
    """Something that differs whenever anything in the user's conversations has changed."""
    state = conversations_of(user).aggregate(Count("pk"), Max("pk"), Sum("version"))
    return "-".join(str(value or 0) for value in state.values())


def conversations_of(user):
    return Room.open().filter(kind=Room.Kind.DIRECT, membership__user=user, membership__removed_at=None)


def pair_of(room):
    return [int(pk) for pk in room.pair_key.split("-")]
