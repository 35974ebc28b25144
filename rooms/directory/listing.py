"""The listing of users, each with whether they are online and the room they are in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Lower

from accounts.models import User
from rooms.models import Room, rights
from rooms.presence.models import Socket

USERS_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Directory:
    """A page of users as `directory_rows`, and the numbers of all active users and of those online.

    `after` is the name after which the next page begins; None on the last page.
    """

    users: list[dict[str, Any]]
    total: int
    online: int
    after: str | None


def directory(by: User, after: str | None = None) -> Directory:
    """A page of active users as `by` may see them: those after a name, or without one the online users first."""
    by_name = active_users().order_by(Lower("username"))
    if after is None:
        is_online = Exists(Socket.live().filter(user=OuterRef("pk")))
        # Any of them, where more are online than fit a page.
        some_online = Socket.live().order_by("user").values("user").distinct()[:USERS_PER_PAGE]
        online = list(by_name.filter(pk__in=some_online))
        users = online + list(by_name.filter(~is_online)[: USERS_PER_PAGE - len(online)])
    else:
        users = list(by_name.alias(lower=Lower("username")).filter(lower__gt=Lower(Value(after)))[:USERS_PER_PAGE])
    total = active_users().count()
    return Directory(directory_rows(by, users), total, Socket.people(), next_page(after, users, total))


def active_users() -> QuerySet[User]:
    return User.objects.filter(is_active=True).only("username", "birth_date")


def next_page(after: str | None, users: Sequence[User], total: int) -> str | None:
    """The name after which the next page begins. The first page is not by name: its next one begins anew."""
    if after is None:
        return "" if len(users) < total else None
    return users[-1].username if len(users) == USERS_PER_PAGE else None


def directory_rows(by: User, users: Sequence[User]) -> list[dict[str, Any]]:
    """Users as `{id, name, online, room, age}`; `room` is `{id, name}`, or None if `by` cannot see the room."""
    sockets = Socket.live().filter(user__in=[user.pk for user in users])
    room_ids = {user_id: room_id for room_id, user_id in sockets.values_list("room_id", "user_id")}
    visible = Room.public().filter(rights.visible_to(by)).select_related(None).only("name", "is_default")
    rooms = visible.in_bulk(set(room_ids.values()))
    return [
        {
            **user.to_dict(),
            "online": user.pk in room_ids,
            "room": brief(rooms.get(room_ids.get(user.pk, 0))),
            "age": user.age,
        }
        for user in users
    ]


def brief(room: Room | None) -> dict[str, Any] | None:
    return {"id": room.pk, "name": room.title} if room else None
