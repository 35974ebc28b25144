"""The directory of users over REST."""

from typing import Annotated, Any

from ninja import Field, Query, Router

from accounts.api.auth import signed_in
from accounts.api.requests import SignedInRequest
from accounts.api.routers import users as accounts_router
from accounts.models import User
from common.api.base import responses
from common.api.schemas import Id, ResponseSchema
from common.names import key
from rooms.presence.models import Socket
from rooms.protocol.errors import ChatError
from rooms.protocol.schemas import UserCard

from .listing import directory_rows

router = Router(tags=["users"], auth=signed_in)


class UserList(ResponseSchema):
    """`after` leads to the next page, if it is not null."""

    users: list[UserCard]
    total: int
    online: int
    after: int | None


class Page(ResponseSchema):
    after: Id = 0
    limit: Annotated[Id, Field(ge=1, le=500)] = 100
    name: Annotated[str, Field(max_length=100)] = ""


# On the router of sign-up: one path, and Django would answer 405 for the methods of a second router.
@accounts_router.get(
    "", response=responses(ok=UserList), auth=signed_in, summary="All users", operation_id="rooms_api_users_list_users"
)
def list_users(request: SignedInRequest, page: Query[Page]) -> dict[str, Any]:
    """Everybody with an account, in the order in which they came; who is connected, and in which room.

    With `name`, only who is called so, however it is written.
    """
    everybody = User.objects.filter(is_active=True)
    asked = everybody.filter(username_key=key(page.name)) if page.name else everybody
    found = list(asked.filter(pk__gt=page.after).order_by("pk")[: page.limit + 1])
    shown = found[: page.limit]
    return {
        "users": directory_rows(request.auth, shown),
        "total": everybody.count(),
        "online": Socket.people(),
        "after": shown[-1].pk if len(found) > page.limit else None,
    }


@router.get("/{user_id}", response=responses(ok=UserCard), summary="One user", operation_id="rooms_api_users_one_user")
def one_user(request: SignedInRequest, user_id: Id) -> dict[str, Any]:
    user = User.objects.find_active(user_id)
    if user is None:
        raise ChatError("no_such_user")
    row: dict[str, Any] = directory_rows(request.auth, [user])[0]
    return row
