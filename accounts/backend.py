"""Who is let in by a password, and who stays in by a session."""

from django.contrib.auth.backends import ModelBackend


class Doorkeeper(ModelBackend):
    """Whoever knows the password of a banned account is told of the ban by the form; no session of theirs holds."""

    def get_user(self, user_id):
        return self._unless_banned(super().get_user(user_id))

    async def aget_user(self, user_id):
        return self._unless_banned(await super().aget_user(user_id))

    @staticmethod
    def _unless_banned(user):
        return None if user is None or user.is_banned else user
