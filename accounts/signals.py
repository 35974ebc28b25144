"""Model signals of sessions, tokens and users, passed on to the account listener.

Signals rather than model methods, because bulk deletes and cascades send them too.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models.signals import post_delete, post_save, pre_delete

from accounts.listener import listener

if TYPE_CHECKING:
    from accounts.models import Session, Token, User

SIGN_IN_FIELDS = frozenset({"last_login"})


def connect() -> None:
    """Connect the receivers. Senders are named lazily: the models need not be loaded yet."""
    post_delete.connect(on_credential_deleted, sender="accounts.Session")
    post_delete.connect(on_credential_deleted, sender="accounts.Token")
    post_save.connect(on_user_saved, sender="accounts.User")
    pre_delete.connect(on_user_row_deleted, sender="accounts.User")


def on_credential_deleted(instance: Session | Token, **kwargs: object) -> None:
    if instance.user_id is not None:
        _access_changed(instance.user_id)


def on_user_saved(instance: User, created: bool, update_fields: Collection[str] | None, **kwargs: object) -> None:
    """The user may be banned, or have other rights or another password: sockets must refresh or close."""
    if not created and update_fields != SIGN_IN_FIELDS:
        _access_changed(instance.pk)


def on_user_row_deleted(instance: User, **kwargs: object) -> None:
    """Catches rows deleted directly, without `AccountDeletion.start`."""
    listener().leave_all_rooms(instance)


def _access_changed(user_id: int) -> None:
    transaction.on_commit(lambda: listener().access_changed(user_id))
