"""'#' commands over REST: the same parser and the same answers as on the socket."""

from uuid import uuid4

from ninja import Router

from chatsite.rest import answers
from rooms import commands
from rooms.errors import ChatError
from rooms.live import outside

from .guest import guest_of
from .shapes import CommandLine, Reply

router = Router(tags=["commands"])


@router.post("", response=answers(ok=Reply), summary="Run a '#' command")
def run_command(request, payload: CommandLine):
    """Refusals are answers too: `ok` is false. #gR, #eR and #exit move a connected client, so here `needs_client`."""
    if not commands.is_command(payload.text):
        raise ChatError("not_a_command", field="text")
    outside.take_turn(request.auth.pk)
    guest = guest_of(request, payload.room)
    return outside.on_loop(commands.run, guest, payload.text, payload.client_id or uuid4()).shape()
