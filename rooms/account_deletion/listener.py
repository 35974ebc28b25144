"""What changes to accounts mean for rooms and open sockets."""

from accounts.models import User
from rooms.delivery import facade
from rooms.delivery.hub import ring
from rooms.delivery.pubsub import SITE_GROUP

from .anonymise import part


class RoomsListener:
    """The `AccountListener` of this site (`ACCOUNT_LISTENER`)."""

    def access_changed(self, user_id: int) -> None:
        """Make all processes check the user's sockets now, not at the next periodic check."""
        ring(SITE_GROUP, {"type": "sessions", "user": user_id})

    def leave_all_rooms(self, user: User) -> None:
        part(user)

    def account_deleted(self, user_id: int) -> None:
        facade.tell_departure(user_id)
