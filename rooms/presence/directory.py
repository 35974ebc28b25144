"""Everybody with an account, and where they are."""

from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Lower

from rooms.models import rights
from rooms.models.room import Room

from .models import Socket

USERS_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class Directory:
    """Some `users`, as `directory_rows` has them, and how many there are and are online in all.

    `after` is the name after which there are more of them, or None.
    """

    users: list
    total: int
    online: int
    after: str | None


def directory(by, after=None):
    """The active users by name, `USERS_A_PAGE` of them, as `by` may see them.

    Those after a name; or the connected before the others.
    """
    by_name = active().order_by(Lower("username"))
    if after is None:
        is_live = Exists(Socket.live().filter(user=OuterRef("pk")))
        # Where more are connected than a page holds, any of them.
        some = Socket.live().order_by("user").values("user").distinct()[:USERS_A_PAGE]
        live = list(by_name.filter(pk__in=some))
        users = live + list(by_name.filter(~is_live)[: USERS_A_PAGE - len(live)])
    else:
        users = list(by_name.alias(lower=Lower("username")).filter(lower__gt=Lower(Value(after)))[:USERS_A_PAGE])
    total = active().count()
    return Directory(directory_rows(by, users), total, Socket.people(), further(after, users, total))


def active():
    return get_user_model().objects.filter(is_active=True).only("username", "birth_date")


def further(after, users, total):
    if after is None:
        return "" if len(users) < total else None  # all of them by name, from the first
    return users[-1].username if len(users) == USERS_A_PAGE else None


def directory_rows(by, users):
    """These users as `{id, name, online, room, age}`; `room` is `{id, name}`, or None: also where `by` may not be."""
    live = Socket.live().filter(user__in=[user.pk for user in users])
    places = {user_id: room_id for room_id, user_id in live.values_list("room_id", "user_id")}
    known = Room.public().filter(rights.visible_to(by)).select_related(None).only("name", "is_default")
    rooms = known.in_bulk(set(places.values()))
    return [
        {
            **user.to_dict(),
            "online": user.pk in places,
            "room": brief(rooms.get(places.get(user.pk))),
            "age": user.age,
        }
        for user in users
    ]


def brief(room):
    return room and {"id": room.pk, "name": room.title}
