"""Removes a deleted account from rooms, and its name from messages, in batches."""

from django.db import connection, transaction
from django.db.models import F, Q

from accounts.models import AccountDeletion, User
from rooms.log.sql import placeholders
from rooms.models import Membership, Message, Room
from rooms.webhooks.models import IncomingHook, OutgoingHook

# The room's row is locked while one batch is written: writers wait for that long, and no longer.
BATCH_MESSAGES = 500

# Each message gets a new version, as by an edit: that is how every reader of the log learns of the change.
ANONYMISE = """
UPDATE {message} AS message SET author_id = NULL, version = %s + part.number FROM (
    SELECT id, ROW_NUMBER() OVER (ORDER BY seq) AS number FROM {message} WHERE id IN ({ids}) AND author_id = %s
) AS part WHERE message.id = part.id
"""


def leave_all_rooms(user: User) -> None:
    """Delete the user's memberships and webhooks, and make their rooms ownerless, in the caller's transaction.

    Under the locks of all these rooms: a message written at the same time is in the log before, or is refused.
    Webhooks that the user made are deleted because the user knows their secrets.
    """
    made = IncomingHook.objects.filter(made_by=user)
    affected = Q(owner=user) | Q(pk__in=Membership.objects.filter(user=user).values("room"))
    affected |= Q(pk__in=made.values("room"))
    list(Room.objects.filter(affected).order_by("pk").select_for_update().values_list("pk"))
    Room.objects.filter(owner=user).update(owner=None)
    Membership.objects.filter(user=user).delete()
    IncomingHook.objects.filter(bot=user).delete()
    IncomingHook.delete_with_bots(made)
    OutgoingHook.objects.filter(made_by=user).delete()


def anonymise_batch(user_id: int) -> Room | None:
    """Remove the author of one batch of the user's messages in one room; return the room, None if none are left."""
    messages = Message.objects.filter(author=user_id)
    room_id = messages.order_by("author").values_list("room", flat=True).first()
    if room_id is None:
        return None
    # The newest first: they are on screen. Selected before the lock, because there may be very many.
    newest = list(messages.filter(room=room_id).order_by("-seq").values_list("pk", flat=True)[:BATCH_MESSAGES])
    statement = ANONYMISE.format(message=Message._meta.db_table, ids=placeholders(newest) or "NULL")
    with transaction.atomic():
        room = Room.objects.select_for_update().get(pk=room_id)
        with connection.cursor() as cursor:
            cursor.execute(statement, [room.version, *newest, user_id])
            Room.objects.filter(pk=room.pk).update(version=F("version") + cursor.rowcount)
    room.refresh_from_db(fields=["version"])
    return room


def finish_account_deletions() -> bool:
    """Process one batch of pending account deletions; return whether there may be more."""
    for deletion in AccountDeletion.pending().order_by("pk"):
        if deletion.user_id is not None and anonymise_batch(deletion.user_id):
            return True
        if deletion.is_due:
            deletion.finish()
    return False
