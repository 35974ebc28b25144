"""REST calls for sign-up and tokens."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router

from accounts.current_user import current_user
from accounts.forms import PASSWORD_MOST_CHARACTERS, SignUpForm, TokenForm
from accounts.models import User
from accounts.models.token import TokenDict
from accounts.passwords import authenticate_throttled, refuse_sign_up, throttle_sign_up
from accounts.schemas import Person
from common.api.base import responses
from common.api.schemas import Id, RequestSchema, ResponseSchema
from common.errors import ExpectedError, FormError

from .auth import signed_in

users = Router(tags=["users"])
tokens = Router(tags=["tokens"])

Word = Annotated[str, Field(max_length=200)]
Password = Annotated[str, Field(max_length=PASSWORD_MOST_CHARACTERS)]


class NewUser(RequestSchema):
    username: Word
    password: Password
    first_names: Word
    last_names: Word
    birth_date: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    gender: Literal["F", "M", "O", "N"] = "N"
    email: Word = ""
    invitation: Word = ""


class TokenWish(RequestSchema):
    """A new token; `username` and `password` authenticate a caller without a session or token."""

    name: Word
    scope: Literal["read", "write"] = "write"
    username: Word | None = None
    password: Password | None = None


class TokenCard(ResponseSchema):
    """A token as its owner sees it, without the secret."""

    id: int
    name: str
    scope: Literal["read", "write"]
    created_at: datetime
    used_at: datetime | None


class TokenList(ResponseSchema):
    tokens: list[TokenCard]


class NewToken(TokenCard):
    """A token with its secret, `token`, which no other response contains."""

    token: str
    user: Person


@users.post("", response=responses(created=Person), summary="Sign up", operation_id="accounts_api_sign_up")
def sign_up(request: HttpRequest, payload: NewUser, response: HttpResponse) -> tuple[int, Person]:
    """The same rules as on the page; `invitation` is for sites where one needs one.

    The account has no token yet: make one by `POST /api/v1/tokens`.
    """
    refuse_sign_up(payload.invitation)
    throttle_sign_up(request)
    fields = payload.dict()
    password, invitation = fields.pop("password"), fields.pop("invitation")
    form = SignUpForm({**fields, "password1": password, "password2": password}, invitation=invitation)
    user = form.create() if form.is_valid() else None
    if user is None:
        raise FormError(form, password1="password", password2="password")
    response["Location"] = f"/api/v1/users/{user.pk}"
    return 201, user.to_dict()


@tokens.post("", response=responses(created=NewToken), summary="Make a token", operation_id="accounts_api_make_token")
def make_token(request: HttpRequest, payload: TokenWish) -> tuple[int, dict[str, Any]]:
    """By session, by a token that may write, or by user name and password."""
    if payload.password is not None:
        user = user_by_password(request, payload.username or "", payload.password)
    else:
        user = signed_in_user(request)
    form = TokenForm({"name": payload.name, "scope": payload.scope}, user=user)
    issued = form.issue()
    if issued is None:
        raise FormError(form)
    token, secret = issued
    return 201, {**token.to_dict(), "token": secret, "user": user.to_dict()}


def user_by_password(request: HttpRequest, username: str, password: str) -> User:
    """The user with this name and password. Raises `wrong_password`, also for a wrong name, and `Banned`."""
    user = authenticate_throttled(request, username, password)
    if user is None:
        raise ExpectedError("wrong_password")
    user.refuse_if_banned()
    return user


def signed_in_user(request: HttpRequest) -> User:
    """The user of the request's token or session. Raises `not_signed_in`."""
    for authenticator in signed_in:
        user: User | None = authenticator(request)
        if user:
            return user
    raise ExpectedError("not_signed_in")


@tokens.get(
    "",
    response=responses(ok=TokenList),
    auth=signed_in,
    summary="One's tokens",
    operation_id="accounts_api_list_tokens",
)
def list_tokens(request: HttpRequest) -> dict[str, list[TokenDict]]:
    return {"tokens": [token.to_dict() for token in current_user(request).tokens.order_by("pk")]}


@tokens.delete(
    "/{token_id}",
    response=responses(nothing=None),
    auth=signed_in,
    summary="Revoke a token",
    operation_id="accounts_api_revoke_token",
)
def revoke_token(request: HttpRequest, token_id: Id) -> tuple[int, None]:
    """Takes effect at once, and closes the sockets opened with it."""
    token = current_user(request).tokens.filter(pk=token_id).first()
    if token is None:
        raise ExpectedError("no_such_token")
    token.delete()
    return 204, None
