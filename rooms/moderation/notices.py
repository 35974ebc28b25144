"""Notices of moderation, in the active language."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from rooms.protocol import frames

SENTENCES = {
    "muted": _("You are muted in this room: you can read here, and not write."),
    "unmuted": _("You are no longer muted in this room."),
    "handed_over": _("The room belongs to %(owner)s now."),
    "slow_mode": _("Slow mode is off."),
}


def moderated(room_id: int, code: str, **data: Any) -> dict[str, Any]:
    """`muted` and `unmuted` go to the person concerned, `handed_over` and `slow_mode` to everybody in the room."""
    if code == "slow_mode" and data["seconds"]:
        words = ngettext(
            "Slow mode: one message every %(seconds)s second.",
            "Slow mode: one message every %(seconds)s seconds.",
            data["seconds"],
        )
    else:
        words = str(SENTENCES[code])
    return frames.notice(room_id, code, words % data, **data)
