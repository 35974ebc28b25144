"""What other apps do that open sockets must hear of."""

from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from accounts.models import Session
from rooms.live.hub import ring
from rooms.live.lobby import SITE_GROUP


@receiver(post_delete, sender=Session)
def close_sockets_of_session(sender, instance, **kwargs):
    """A session ended (sign-out, ended by its owner): its sockets close now, not at the next check."""
    if instance.user_id is not None:
        transaction.on_commit(lambda: ring(SITE_GROUP, {"type": "sessions", "user": instance.user_id}))
