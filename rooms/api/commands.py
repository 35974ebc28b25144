"""'#' commands over REST: parsed and answered as on the socket."""

from uuid import uuid4

from ninja import Router

from accounts.api.auth import signed_in
from accounts.api.requests import SignedInRequest
from common.api.base import responses
from rooms import commands
from rooms.hub import facade
from rooms.protocol.errors import ChatError
from rooms.protocol.server_frames import ReplyBody

from .actor import actor_of
from .schemas import CommandLine, Reply

router = Router(tags=["commands"], auth=signed_in)


@router.post("", response=responses(ok=Reply), summary="Run a '#' command")
def run_command(request: SignedInRequest, payload: CommandLine) -> ReplyBody:
    """Refusals are answers too: `ok` is false. #gR, #eR and #exit move a connected client, so here `needs_client`."""
    if not commands.is_command(payload.text):
        raise ChatError("not_a_command", field="text")
    facade.take_rate(request.auth.pk)
    actor = actor_of(request, payload.room)
    reply: commands.CommandReply = facade.on_loop(commands.run, actor, payload.text, payload.client_id or uuid4())
    return reply.to_dict()
