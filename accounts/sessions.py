"""Who is behind a session or a token, and which of them still hold."""

import datetime
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from accounts.models.ban import banned_now, let_in

from .models import Session, Token, User
from .session_store import is_session_key

TOKEN = "token:"  # noqa: S105, no session key holds a colon


class Principal(NamedTuple):
    """Whose a session or a token is, and until when; tokens have no end."""

    user: User
    ends_at: datetime.datetime | None


def user_of(session_key: str) -> User | None:
    """The user who is signed in by this session, if it is valid (`Session.is_valid`). One query."""
    [holder] = principals_of([session_key])
    return holder and holder.user


def principals_of(session_keys: Sequence[str]) -> list[Principal | None]:
    """Who is signed in by each of the sessions, in order. One query, however many."""
    holding = _sessions({key for key in session_keys if is_session_key(key)})
    return [holding.get(key) for key in session_keys]


def key_of(token: Token) -> str:
    """What stands for a token where session keys are held."""
    return f"{TOKEN}{token.pk}"


def alive(keys: Iterable[str]) -> set[str]:
    """Those of the session keys, and keys of tokens, that are still valid."""
    return set(holders(keys))


def holders(keys: Iterable[str]) -> dict[str, Principal]:
    """Whose those of the session keys, and keys of tokens, are that are still valid. A query for each kind."""
    keys = set(keys)
    tokens = {key for key in keys if key.startswith(TOKEN)}
    return _sessions(keys - tokens) | _tokens(tokens)


def _sessions(keys):
    found = Session.objects.filter(pk__in=list(keys)).select_related("user") if keys else []
    return {one.session_key: Principal(one.user, one.expire_date) for one in found if one.user and one.is_valid()}


def _tokens(keys):
    pks = [int(key.removeprefix(TOKEN)) for key in keys]
    found = Token.objects.filter(let_in("user__"), pk__in=pks).select_related("user") if pks else []
    return {key_of(token): Principal(token.user, None) for token in found}


def banned_among(user_ids: Iterable[int]) -> dict[int, User]:
    """`{user id: user}` for those of them who are banned."""
    return User.objects.filter(banned_now()).in_bulk(list(user_ids))
