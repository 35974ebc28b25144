"""Site-wide bans: the error a banned user gets, and the query conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from common.errors import ExpectedError

if TYPE_CHECKING:
    from .user import User

REASON_CHARACTERS = 300


class Banned(ExpectedError):
    """The account is banned. Raised only after authentication: nobody else may learn of the ban."""

    status = 403

    def __init__(self, user: User) -> None:
        super().__init__("banned")
        self._user = user

    @property
    def text(self) -> str:
        """The user's ban notice, in the language active now."""
        return self._user.ban_notice


def banned_condition(prefix: str = "") -> Q:
    """`User.is_banned` as a query condition; `prefix` is the lookup path to the user, such as `"author__"`."""
    since, until = f"{prefix}banned_at__isnull", f"{prefix}banned_until"
    return Q(**{since: False}) & (Q(**{until: None}) | Q(**{f"{until}__gt": timezone.now()}))


def access_condition(prefix: str = "") -> Q:
    """`User.has_access` as a query condition; `prefix` is the lookup path to the user."""
    return Q(**{f"{prefix}is_active": True}) & ~banned_condition(prefix)
