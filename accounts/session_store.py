"""The session engine (`SESSION_ENGINE`): Django's database sessions, with their owner beside them."""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore


class SessionStore(DatabaseSessionStore):
    @classmethod
    def get_model_class(cls):
        from accounts.models import Session

        return Session

    def create_model_instance(self, data):
        session = super().create_model_instance(data)
        owner = data.get(SESSION_KEY)
        session.user_id = None if owner is None else int(owner)
        return session
