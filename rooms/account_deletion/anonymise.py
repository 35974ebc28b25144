"""What becomes of somebody's places and words when their account ends."""

from django.db import connection, transaction
from django.db.models import F, Q

from accounts.models import Departure
from rooms.log.transaction import placeholders
from rooms.models.membership import Membership
from rooms.models.message import Message
from rooms.models.room import Room
from rooms.webhooks.models import IncomingHook, OutgoingHook

# Whoever writes in the room waits while one portion is written, and for no more.
PORTION_MESSAGES = 500

# Each is a change of its message like any other, with a version of its own: so whoever reads the log learns of it.
UNSIGN = """
UPDATE {message} AS message SET author_id = NULL, version = %s + part.number FROM (
    SELECT id, ROW_NUMBER() OVER (ORDER BY seq) AS number FROM {message} WHERE id IN ({ids}) AND author_id = %s
) AS part WHERE message.id = part.id
"""


def part(user):
    """Take somebody out of all rooms, in the transaction in which their account ends.

    Under the locks of these rooms: what the person was saying at this moment is in the log before, or is refused.
    Rooms of theirs are nobody's. Webhooks that they made end, for they know the secrets.
    """
    hooks = IncomingHook.objects.filter(made_by=user)
    mine = Q(owner=user) | Q(pk__in=Membership.objects.filter(user=user).values("room"))
    mine |= Q(pk__in=hooks.values("room"))
    list(Room.objects.filter(mine).order_by("pk").select_for_update().values_list("pk"))
    Room.objects.filter(owner=user).update(owner=None)
    Membership.objects.filter(user=user).delete()
    IncomingHook.objects.filter(bot=user).delete()
    IncomingHook.end(hooks)
    OutgoingHook.objects.filter(made_by=user).delete()


def unsign(user_id):
    """Take the name off a portion of what somebody has said in one room: that room as it is then, None at the end."""
    theirs = Message.objects.filter(author=user_id)
    place = theirs.order_by("author").values_list("room", flat=True).first()
    if place is None:
        return None
    # The newest first, for they are on show; found before the lock, for somebody may have said very much.
    newest = list(theirs.filter(room=place).order_by("-seq").values_list("pk", flat=True)[:PORTION_MESSAGES])
    statement = UNSIGN.format(message=Message._meta.db_table, ids=placeholders(newest) or "NULL")
    with transaction.atomic():
        room = Room.objects.select_for_update().get(pk=place)
        with connection.cursor() as cursor:
            cursor.execute(statement, [room.version, *newest, user_id])
            Room.objects.filter(pk=room.pk).update(version=F("version") + cursor.rowcount)
    room.refresh_from_db(fields=["version"])
    return room


def sweep_departures():
    """Do a part of what is left to do for those who have gone; whether there is more."""
    for departure in Departure.pending().order_by("pk"):
        if unsign(departure.user_id):
            return True
        if departure.is_over:
            departure.finish()
    return False
