"""Posting a message over REST, shared by rooms, private conversations and incoming webhooks."""

from typing import Any
from uuid import UUID, uuid4

from accounts.models import User
from rooms import commands
from rooms.hub import facade
from rooms.log.drafts import Draft
from rooms.log.outcomes import Saved
from rooms.models import Room
from rooms.models.message import validate_text
from rooms.protocol.errors import ChatError

from .schemas import Saying


def post_message(user: User, room: Room, payload: Saying) -> Saved:
    """Post the payload's text by the socket's rules, but refuse commands with `is_command`; raises `ChatError`."""
    return post_text(user, room, message_text(payload), payload.client_id)


def message_text(payload: Saying) -> str:
    """The text of the message; raises `is_command` and what `validate_text` raises."""
    if commands.is_command(payload.text):
        raise ChatError("is_command", field="text")
    return validate_text(commands.unescape(payload.text))


def post_text(user: User, room: Room, text: str, client_id: UUID | None) -> Saved:
    """Post a text as it is, at the user's message rate; raises `ChatError`."""
    facade.take_rate(user.pk)
    draft = Draft(user.pk, room.pk, client_id or uuid4(), text)
    try:
        return post_draft(draft)
    except ChatError as error:
        if error.code not in ("not_here", "no_such_room") or room.kind == Room.Kind.DIRECT:
            raise
    room.admit(user)  # a first post to a public room joins it, and so does the first after a removal
    return post_draft(draft)


def post_draft(draft: Draft) -> Saved:
    saved: Saved = facade.on_loop(facade.post, draft)
    return saved


def posted(saved: Saved) -> tuple[int, dict[str, Any]]:
    """The response to a POST: 201, or 200 for a retry."""
    message = {**saved.message.to_dict(), "room": saved.message.room_id, "duplicate": saved.duplicate}
    return 200 if saved.duplicate else 201, message
