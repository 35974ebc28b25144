"""Everybody with an account, and where they are."""

from django.contrib.auth import get_user_model

from .presence import Socket
from .room import Room


def directory():
    """All active users as `directory_rows` has them, the connected first."""
    rows = directory_rows(get_user_model().objects.filter(is_active=True))
    return sorted(rows, key=lambda row: (not row["online"], row["name"].casefold()))


def directory_rows(users):
    """These users as `{id, name, online, room, age}`; `room` is `{id, name}` or None."""
    rooms = Room.public().in_bulk()
    places = {user_id: rooms.get(room_id) for room_id, user_id in Socket.live().values_list("room_id", "user_id")}
    return [
        {**user.shape(), "online": user.pk in places, "room": brief(places.get(user.pk)), "age": user.age}
        for user in users
    ]


def brief(room):
    return room and {"id": room.pk, "name": room.title}
