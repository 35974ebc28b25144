"""What rooms do when access to an account changes, or an account is deleted."""

from accounts.models import User
from rooms.delivery.change_events import SITE_GROUP
from rooms.hub import facade
from rooms.hub.process import publish
from rooms.models import Room
from rooms.protocol import bus_events

from .anonymise import anonymise_batch, leave_all_rooms

# While the user waits for the page; the cleanup does the rest.
BATCHES_AT_ONCE = 20


class RoomsListener:
    """Implements `accounts.listener.AccountListener`: applies account changes to rooms and open connections."""

    def access_changed(self, user_id: int) -> None:
        """Have all processes check the user's connections now, and not at the next periodic check."""
        publish(SITE_GROUP, bus_events.sessions(user_id))

    def leave_all_rooms(self, user: User) -> None:
        leave_all_rooms(user)

    def account_deleted(self, user_id: int) -> None:
        """Publish the deletion, and anonymise the newest messages at once."""
        publish(SITE_GROUP, bus_events.account_deleted(user_id))
        changed: dict[int, Room] = {}
        for _batch in range(BATCHES_AT_ONCE):
            room = anonymise_batch(user_id)
            if room is None:
                break
            changed[room.pk] = room
        for room in changed.values():
            facade.publish_refresh(room)
