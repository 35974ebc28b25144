"""Who is behind a session, and which sessions still hold."""

from collections.abc import Iterable

from accounts.models import Session, User
from accounts.session_store import is_session_key


def user_of(session_key: str) -> User | None:
    """The user who is signed in by this session, if it is valid (`Session.is_valid`). One query."""
    if not is_session_key(session_key):
        return None
    session = Session.objects.filter(pk=session_key).select_related("user").first()
    return session.user if session and session.is_valid() else None


def alive(session_keys: Iterable[str]) -> set[str]:
    """Those of the sessions that are still valid. One query, however many."""
    found = Session.objects.filter(pk__in=list(session_keys), user__is_active=True).select_related("user")
    return {session.session_key for session in found if session.is_valid()}
