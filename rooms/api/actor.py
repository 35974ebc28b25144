"""A REST caller as one who talks."""

from uuid import uuid4

from django.utils.translation import get_language

from rooms import commands
from rooms.hub import facade
from rooms.log.changes import Draft
from rooms.models import Room
from rooms.models.message import validate_text
from rooms.protocol.errors import ChatError


def actor_of(request, room_id=None):
    return facade.OfflineActor(request.auth, get_language(), room_id)


def say(user, room, payload):
    """Say it in the room, as on the socket, but never run a command; the `Saved`. Raises `ChatError`."""
    return say_plainly(user, room, words_of(payload), payload.client_id)


def words_of(payload):
    """The text to be said; raises `is_command` and what `validate_text` raises."""
    if commands.is_command(payload.text):
        raise ChatError("is_command", field="text")
    return validate_text(commands.plain(payload.text))


def say_plainly(user, room, text, client_id):
    """Say just that text."""
    facade.take_rate(user.pk)
    draft = Draft(user.pk, room.pk, client_id or uuid4(), text)
    try:
        return facade.on_loop(facade.post, draft)
    except ChatError as error:
        if error.code not in ("not_here", "no_such_room") or room.kind == Room.Kind.DIRECT:
            raise
    room.admit(user)  # speaking in a public room for the first time, or again, is entering it
    return facade.on_loop(facade.post, draft)


def said(saved):
    """What was said, as the answer to a POST: 201, or 200 if it had been said before."""
    shape = {**saved.message.to_dict(), "room": saved.message.room_id, "duplicate": saved.duplicate}
    return 200 if saved.duplicate else 201, shape
