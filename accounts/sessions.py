"""Authentication by session key or token, many at a time, for open connections."""

import datetime
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .models import Session, Token, User
from .models.ban import access_condition, banned_condition
from .session_store import is_session_key

TOKEN_PREFIX = "token:"  # noqa: S105, no session key contains a colon


class Principal(NamedTuple):
    """An authenticated user, and when the authentication ends; None for tokens, which do not expire."""

    user: User
    ends_at: datetime.datetime | None


def user_of(session_key: str) -> User | None:
    """The user of this session, if it is valid (`Session.is_valid`). One query."""
    [principal] = principals_of([session_key])
    return principal and principal.user


def principals_of(session_keys: Sequence[str]) -> list[Principal | None]:
    """The principal of each session, in order; None for a session that is not valid. One query."""
    valid = _session_principals({key for key in session_keys if is_session_key(key)})
    return [valid.get(key) for key in session_keys]


def token_key(token: Token) -> str:
    """The key that identifies a token among session keys."""
    return f"{TOKEN_PREFIX}{token.pk}"


def valid_keys(keys: Iterable[str]) -> set[str]:
    """The subset of session keys and token keys that are valid."""
    return set(valid_principals(keys))


def valid_principals(keys: Iterable[str]) -> dict[str, Principal]:
    """`{key: principal}` of the session keys and token keys that are valid. One query for each kind."""
    keys = set(keys)
    token_keys = {key for key in keys if key.startswith(TOKEN_PREFIX)}
    return _session_principals(keys - token_keys) | _token_principals(token_keys)


def _session_principals(keys: set[str]) -> dict[str, Principal]:
    sessions = Session.objects.filter(pk__in=list(keys)).select_related("user") if keys else []
    return {one.session_key: Principal(one.user, one.expire_date) for one in sessions if one.user and one.is_valid()}


def _token_principals(keys: set[str]) -> dict[str, Principal]:
    pks = [int(key.removeprefix(TOKEN_PREFIX)) for key in keys]
    tokens = Token.objects.filter(access_condition("user__"), pk__in=pks).select_related("user") if pks else []
    return {token_key(token): Principal(token.user, None) for token in tokens}


def banned_users(user_ids: Iterable[int]) -> dict[int, User]:
    """`{user id: user}` of those who are banned."""
    return User.objects.filter(banned_condition()).in_bulk(list(user_ids))
