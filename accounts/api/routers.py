"""Accounts over REST: signing up, and tokens."""

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpResponse
from ninja import Field, Router

from accounts.forms import PASSWORD_MOST_CHARACTERS, SignUpForm, TokenForm
from accounts.passwords import note_sign_up, refuse_sign_up, user_by_password
from common.api.base import responses
from common.api.schemas import Id, RequestSchema, ResponseSchema
from common.errors import ExpectedError, FormError

from .auth import signed_in
from .schemas import Person

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
    """`username` and `password` are for those who have no session or token yet."""

    name: Word
    scope: Literal["read", "write"] = "write"
    username: Word | None = None
    password: Password | None = None


class TokenCard(ResponseSchema):
    id: int
    name: str
    scope: Literal["read", "write"]
    created_at: datetime
    used_at: datetime | None


class TokenList(ResponseSchema):
    tokens: list[TokenCard]


class NewToken(TokenCard):
    """`token` is the secret, and is told this once."""

    token: str
    user: Person


@users.post("", response=responses(created=Person), summary="Sign up")
def sign_up(request, payload: NewUser, response: HttpResponse):
    """The same rules as on the page; `invitation` is for sites where one needs one.

    The account has no token yet: make one by `POST /api/v1/tokens`.
    """
    refuse_sign_up(payload.invitation)
    note_sign_up(request)
    given = payload.dict()
    password, invitation = given.pop("password"), given.pop("invitation")
    form = SignUpForm({**given, "password1": password, "password2": password}, invitation=invitation)
    user = form.save() if form.is_valid() else None
    if user is None:
        raise FormError(form, password1="password", password2="password")
    response["Location"] = f"/api/v1/users/{user.pk}"
    return 201, user.to_dict()


@tokens.post("", response=responses(created=NewToken), summary="Make a token")
def make_token(request, payload: TokenWish):
    """By session, by a token that may write, or by user name and password."""
    user = by_password(request, payload) if payload.password is not None else signed_in_user(request)
    form = TokenForm({"name": payload.name, "scope": payload.scope}, user=user)
    made = form.make()
    if made is None:
        raise FormError(form)
    token, secret = made
    return 201, {**token.to_dict(), "token": secret, "user": user.to_dict()}


def by_password(request, payload):
    """The user with that name and password; one and the same refusal for a wrong name and a wrong password."""
    user = user_by_password(request, payload.username or "", payload.password)
    if user is None:
        raise ExpectedError("wrong_password")
    user.refuse_if_banned()
    return user


def signed_in_user(request):
    for way in signed_in:
        if user := way(request):
            return user
    raise ExpectedError("not_signed_in")


@tokens.get("", response=responses(ok=TokenList), auth=signed_in, summary="One's tokens")
def list_tokens(request):
    return {"tokens": [token.to_dict() for token in request.auth.tokens.order_by("pk")]}


@tokens.delete("/{token_id}", response=responses(nothing=None), auth=signed_in, summary="Revoke a token")
def revoke_token(request, token_id: Id):
    """It stops at once, and the sockets opened by it close."""
    token = request.auth.tokens.filter(pk=token_id).first()
    if token is None:
        raise ExpectedError("no_such_token")
    token.delete()
    return 204, None
