"""The command of the directory: `#show users`."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override

from common.db.threads import in_database
from rooms.commands.registry import Actor, Command, CommandReply, ParsedLine, unknown_command

from .listing import directory


async def show_users(actor: Actor, line: ParsedLine) -> CommandReply:
    if line.argument.strip().casefold() not in ("users", "users:"):
        raise unknown_command(line)
    with override(actor.language):
        found = await in_database(directory, actor.user)
        counts = {"total": found.total, "online": found.online}
        heading = ngettext(
            "%(total)s user, %(online)s connected:", "%(total)s users, %(online)s connected:", found.total
        )
        lines = [heading % counts, *map(user_line, found.users)]
        if more := found.total - len(found.users):
            lines.append(_("… and %(count)s more: %(address)s lists them all.") % {"count": more, "address": "/users/"})
        return CommandReply("users", "\n".join(lines), {"users": found.users, **counts})


def user_line(user: dict[str, Any]) -> str:
    if user["room"]:
        return _("● %(name)s, in %(room)s") % {"name": user["name"], "room": user["room"]["name"]}
    return f"○ {user['name']}"


SUMMARY = gettext_lazy("list all users, the connected first, with their room")
COMMANDS = (Command(("show",), "#show users", SUMMARY, show_users),)
