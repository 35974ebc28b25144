"""Who belongs to a room."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Membership(models.Model):
    """A user who has been in a room: it stays in their side bar until they hide it or are removed."""

    room = models.ForeignKey("rooms.Room", models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    joined_at = models.DateTimeField(auto_now_add=True)
    read_seq = models.PositiveBigIntegerField(default=0)
    hidden_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="member_once")]

    def __str__(self):
        return f"{self.user_id} in {self.room_id}"

    @classmethod
    def all_of(cls, user):
        """`{room id: membership}` with the rooms loaded, for all open rooms the user has not been removed from."""
        found = cls.objects.filter(user=user, removed_at=None, room__closed_at=None).select_related("room")
        return {membership.room_id: membership for membership in found}

    @classmethod
    def hide(cls, room, user):
        """Take the room off the user's own list; `Room.admit` brings it back."""
        cls.objects.update_or_create(room=room, user=user, defaults={"hidden_at": timezone.now()})

    def unhide(self):
        if self.hidden_at:
            self.hidden_at = None
            self.save(update_fields=["hidden_at"])
