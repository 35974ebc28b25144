"""What other apps do that open sockets must hear of."""

from django.db import transaction
from django.db.models.signals import post_delete, post_save, pre_delete
from django.dispatch import receiver

from accounts.models import Session, Token, User
from accounts.models.account_deletion import departing
from rooms.delivery.change_events import SITE_GROUP
from rooms.hub import facade
from rooms.hub.process import publish

from .anonymise import part, unsign


@receiver(post_delete, sender=Session)
@receiver(post_delete, sender=Token)
def close_sockets(sender, instance, **kwargs):
    """A session has ended, or a token was revoked: its sockets close now, not at the next check."""
    check_sessions_of(instance.user_id)


@receiver(post_save, sender=User)
def look_at_sockets(sender, instance, created, update_fields, **kwargs):
    """Perhaps banned, or with other rights, or another password: their sockets end, or know it."""
    if not created and update_fields != frozenset({"last_login"}):
        check_sessions_of(instance.pk)


@receiver(departing)
def take_out_of_rooms(sender, user, **kwargs):
    """An account has ended: so does all that it was in rooms, and its name goes from what it said."""
    part(user)
    # Whatever fails here the housekeeper does again.
    transaction.on_commit(lambda: publish_account_deletion(user.pk), robust=True)


@receiver(pre_delete, sender=User)
def part_before_the_row_goes(sender, instance, **kwargs):
    """Also where somebody deletes the bare row."""
    part(instance)


def check_sessions_of(user_id):
    if user_id is not None:
        transaction.on_commit(lambda: publish(SITE_GROUP, {"type": "sessions", "user": user_id}))


# Of what somebody has said who goes: more would keep them waiting for the answer.
PORTIONS_AT_ONCE = 20


def publish_account_deletion(user_id):
    """Somebody's account has ended, from a thread: others see it at once, and of what was said the newest first.

    What is much is left to the cleanup.
    """
    publish(SITE_GROUP, {"type": "departed", "user": user_id})
    changed = {}
    for _portion in range(PORTIONS_AT_ONCE):
        room = unsign(user_id)
        if room is None:
            break
        changed[room.pk] = room
    for room in changed.values():
        facade.publish_refresh(room)
