"""What other apps do that open sockets must hear of."""

from django.db import transaction
from django.db.models.signals import post_delete, post_save, pre_delete
from django.dispatch import receiver

from accounts.models import Session, Token, User
from accounts.models.account_deletion import departing
from rooms.delivery import facade
from rooms.delivery.hub import ring
from rooms.delivery.pubsub import SITE_GROUP

from .anonymise import part


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
    transaction.on_commit(lambda: facade.tell_departure(user.pk), robust=True)


@receiver(pre_delete, sender=User)
def part_before_the_row_goes(sender, instance, **kwargs):
    """Also where somebody deletes the bare row."""
    part(instance)


def check_sessions_of(user_id):
    if user_id is not None:
        transaction.on_commit(lambda: ring(SITE_GROUP, {"type": "sessions", "user": user_id}))
