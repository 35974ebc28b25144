"""The interface by which the application above accounts learns of changes to accounts.

`settings.ACCOUNT_LISTENER` is the dotted path of a class that implements `AccountListener`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from accounts.models import User


class AccountListener(Protocol):
    def access_changed(self, user_id: int) -> None:
        """Sessions, tokens or rights of the user have changed. Called after the commit."""

    def leave_all_rooms(self, user: User) -> None:
        """Remove the user from all rooms. Called in the transaction that ends the account or deletes its row."""

    def account_deleted(self, user_id: int) -> None:
        """The account has ended. Called after the commit."""


def listener() -> AccountListener:
    """A new instance of the configured listener."""
    listener_class: type[AccountListener] = import_string(settings.ACCOUNT_LISTENER)
    return listener_class()
