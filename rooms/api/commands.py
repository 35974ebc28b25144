"""'#' commands over REST: the same parser and the same answers as on the socket."""

from uuid import uuid4

from ninja import Router

from common.api.base import answers
from rooms import commands
from rooms.hub import facade
from rooms.protocol.errors import ChatError

from .actor import actor_of
from .schemas import CommandLine, Reply

router = Router(tags=["commands"])


@router.post("", response=answers(ok=Reply), summary="Run a '#' command")
def run_command(request, payload: CommandLine):
    """Refusals are answers too: `ok` is false. #gR, #eR and #exit move a connected client, so here `needs_client`."""
    if not commands.is_command(payload.text):
        raise ChatError("not_a_command", field="text")
    facade.take_rate(request.auth.pk)
    guest = actor_of(request, payload.room)
    return facade.on_loop(commands.run, guest, payload.text, payload.client_id or uuid4()).to_dict()
