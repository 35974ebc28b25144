"""Entries of the staff log for what staff do in rooms."""

from accounts.models import StaffAct, User

from .room import Room


def log_staff_act(by: User, what: str, room: Room, whom: User | None = None, why: str | None = None) -> None:
    """Log an act in a room, perhaps on a user, if `by` acted as staff and not as the room's owner.

    A reason (`why`, perhaps empty) is given on the staff site only, where every act is one of staff.
    """
    if by.is_staff and (why is not None or room.owner_id != by.pk):
        StaffAct.note(by, what, whom or room, details=room.title if whom else "", why=why or "")
