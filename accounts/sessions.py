"""Who is behind a session or a token, and which of them still hold."""

from collections.abc import Iterable, Sequence

from accounts.models import Session, Token, User
from accounts.session_store import is_session_key

TOKEN = "token:"  # noqa: S105, no session key holds a colon


def user_of(session_key: str) -> User | None:
    """The user who is signed in by this session, if it is valid (`Session.is_valid`). One query."""
    return users_of([session_key])[0]


def users_of(session_keys: Sequence[str]) -> list[User | None]:
    """The same for each of the sessions, in order. One query, however many."""
    askable = {key for key in session_keys if is_session_key(key)}
    found = Session.objects.filter(pk__in=askable).select_related("user") if askable else []
    users = {session.session_key: session.user for session in found if session.is_valid()}
    return [users.get(key) for key in session_keys]


def key_of(token: Token) -> str:
    """What stands for a token where session keys are held."""
    return f"{TOKEN}{token.pk}"


def alive(keys: Iterable[str]) -> set[str]:
    """Those of the session keys, and keys of tokens, that are still valid. A query for each kind, however many."""
    keys = set(keys)
    tokens = {key for key in keys if key.startswith(TOKEN)}
    found = Session.objects.filter(pk__in=list(keys - tokens), user__is_active=True).select_related("user")
    return {session.session_key for session in found if session.is_valid()} | _alive_tokens(tokens)


def _alive_tokens(keys):
    if not keys:
        return set()
    found = Token.objects.filter(pk__in=[int(key.removeprefix(TOKEN)) for key in keys], user__is_active=True)
    return {key_of(token) for token in found}
