"""What the site's staff do in rooms goes into their log."""

from accounts.models import StaffAct


def note_staff(by, what, room, whom=None, why=None):
    """Note what `by` did in the room, to `whom` perhaps: if they did it as staff, and not as the room's owner.

    `why` is said at the staff's desk, where one is always staff.
    """
    if by.is_staff and (why is not None or room.owner_id != by.pk):
        StaffAct.record(by, what, whom or room, details=room.title if whom else "", why=why or "")
