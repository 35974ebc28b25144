"""The session engine (`SESSION_ENGINE`): Django's database sessions, with their owner beside them."""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore


class SessionStore(DatabaseSessionStore):
    @classmethod
    def get_model_class(cls):
        from .models import Session

        return Session

    def create_model_instance(self, data):
        return _owned(super().create_model_instance(data), data)

    async def acreate_model_instance(self, data):
        return _owned(await super().acreate_model_instance(data), data)

    def _validate_session_key(self, key):
        return super()._validate_session_key(key) and is_session_key(key)


def is_session_key(text):
    """Whether it is worth asking the database: Django's keys are letters and digits, and PostgreSQL refuses a NUL."""
    return text.isascii() and text.isalnum()


def _owned(session, data):
    owner = data.get(SESSION_KEY)
    session.user_id = None if owner is None else int(owner)
    return session
