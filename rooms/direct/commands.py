r"""The command for private messages: `#\private<user> text`."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from accounts.models import User
from common import names
from common.db.threads import in_database
from rooms.commands.registry import Actor, Command, CommandReply, ParsedLine
from rooms.hub import facade
from rooms.log.drafts import Draft
from rooms.models import Room
from rooms.models.message import validate_text
from rooms.protocol.errors import ChatError

USAGE = "#\\private<user> text"
ADDRESSEE = re.compile(r"(?:<([^<>]*)>|(\S+))\s*(.*)", re.DOTALL)


async def send_private(actor: Actor, line: ParsedLine) -> CommandReply:
    name, text = parse_private(line.argument)
    validate_text(text)  # before a conversation is created
    room, other = await in_database(begin_conversation, actor.user, name)
    saved = await facade.post(Draft(actor.user.pk, room.pk, line.id, text))
    with override(actor.language):
        sentence = _("Sent to %(name)s, in private.") % {"name": other.username}
    return CommandReply("private_sent", sentence, {"room": room.pk, "seq": saved.message.seq, "to": other.to_dict()})


def parse_private(argument: str) -> tuple[str, str]:
    """The addressee's name, with or without angle brackets, and the text; raises `missing_text`."""
    found = ADDRESSEE.fullmatch(argument)
    if found is None:
        raise ChatError("missing_text", usage=USAGE)
    bracketed, bare, text = found.groups()
    name = names.clean(bracketed if bracketed is not None else bare)
    if not (name and text.strip()):
        raise ChatError("missing_text", usage=USAGE)
    return name, text


def begin_conversation(user: User, name: str) -> tuple[Room, User]:
    other = User.objects.find_active(name)
    if other is None:
        raise ChatError("no_user", name=names.quotable(name))
    return Room.between(user, other), other


SUMMARY = gettext_lazy("a private message, wherever the user is")
COMMANDS = (Command(("private",), USAGE, SUMMARY, send_private),)
