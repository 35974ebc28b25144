"""The session engine (`SESSION_ENGINE`): Django's database sessions with a foreign key to their user.

The class name `SessionStore` is part of the salt that signs session data: another name would end all sessions.
"""

from typing import TYPE_CHECKING, Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore

from accounts.models.session import Session

if TYPE_CHECKING:
    BaseStore = DatabaseSessionStore[Session]
else:
    BaseStore = DatabaseSessionStore

MIN_KEY_CHARACTERS = 8  # as in Django's own check


class SessionStore(BaseStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        return _with_owner(super().create_model_instance(data), data)

    async def acreate_model_instance(self, data: dict[str, Any]) -> Session:
        return _with_owner(await super().acreate_model_instance(data), data)

    def _validate_session_key(self, key: str | None) -> bool:
        return key is not None and len(key) >= MIN_KEY_CHARACTERS and is_session_key(key)


def is_session_key(text: str) -> bool:
    """Whether `text` can be a session key: Django's are letters and digits, and PostgreSQL rejects NUL."""
    return text.isascii() and text.isalnum()


def _with_owner(session: Session, data: dict[str, Any]) -> Session:
    owner = data.get(SESSION_KEY)
    session.user_id = None if owner is None else int(owner)
    return session
