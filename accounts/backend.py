"""The authentication backend."""

from django.contrib.auth.backends import ModelBackend

from accounts.models import User


class Doorkeeper(ModelBackend):
    """Django's backend, for which sessions of banned users do not authenticate.

    Signing in by password succeeds here even for banned users: the form then shows them the ban's reason.
    """

    # Each session stores the dotted path of this class: another name would sign everybody out.

    def get_user(self, user_id: int) -> User | None:
        return _unless_banned(super().get_user(user_id))

    async def aget_user(self, user_id: int) -> User | None:
        return _unless_banned(await super().aget_user(user_id))


def _unless_banned(user: User | None) -> User | None:
    return None if user is None or user.is_banned else user
