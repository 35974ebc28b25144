"""The '#' commands: one parser and one table for socket, REST and terminal."""

import re
from dataclasses import dataclass, field
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override

from accounts.models import User
from common import names
from common.db.threads import in_database
from rooms.hub import facade
from rooms.lobby import notices
from rooms.lobby.snapshot import Snapshot
from rooms.log.changes import Draft
from rooms.models import Membership, Room, rights
from rooms.models.message import validate_text
from rooms.models.staff_log import log_staff_act
from rooms.presence.directory import directory
from rooms.protocol.errors import ChatError

WORD = re.compile(r"#\\?([^\s<]*)\s*(.*)", re.DOTALL)
ADDRESSEE = re.compile(r"(?:<([^<>]*)>|(\S+))\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Command:
    """A line as typed: `word` without its '#', in lower case; `argument` is the rest; `id` the client's UUID for it."""

    word: str
    argument: str
    id: UUID

    @property
    def name(self):
        """The argument as a name, with or without its brackets; may be empty."""
        return names.clean(re.sub(r"^<(.*)>$", r"\1", self.argument.strip(), flags=re.DOTALL))


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of a command: a machine's code, a person's sentence and data."""

    code: str
    text: str
    data: dict = field(default_factory=dict)
    ok: bool = True

    def to_dict(self):
        return {"ok": self.ok, "code": self.code, "text": self.text, "data": self.data}


def is_command(text):
    """`#word` is one; `##` and `# ` begin ordinary text."""
    return text.startswith("#") and not text.startswith("##") and not text[1:2].isspace()


def plain(text):
    """What an ordinary text says: `##text` says `#text`."""
    return text[1:] if text.startswith("##") else text


def parse(text, command_id):
    word, argument = WORD.fullmatch(text).groups()
    return Command(word.casefold(), argument, command_id)


async def run(client, text, command_id):
    """Do what the line says for `client`, a `Client` or a `OfflineActor` of `rooms.delivery`; refusals are answers too.

    Raises only a `ChatError` after which the same line may succeed (`busy`, `unavailable`).
    """
    command = parse(text, command_id)
    perform = COMMANDS.get(command.word, unknown)
    try:
        validate_text(text)
        if command.word in MOVING and not client.has_connection:
            raise ChatError("needs_client")
        return await perform(client, command)
    except ChatError as error:
        if error.retry_after is not None:
            raise  # no answer to the command yet: the client sends it again
        with override(client.language):
            return Reply(error.code, error.text, ok=False)


async def create_room(client, command):
    require(command.name, "missing_name", "#cR <room>")
    room = await open_room(client, command.name)
    with override(client.language):
        there, elsewhere = _("The room “%(name)s” is yours, and you are in it."), _("The room “%(name)s” is yours.")
        text = (there if client.has_connection else elsewhere) % {"name": room.title}
        return Reply("room_created", text, {"room": room.to_dict(people=int(client.has_connection))})


async def open_room(client, name):
    """The new room, with its creator in it, if they can be anywhere."""
    room = await in_database(Room.create, client.user, name)
    if client.has_connection:
        await client.enter(room)
    else:
        await in_database(room.admit, client.user)
        await facade.publish_lobby_change()
    return room


async def enter_room(client, command):
    require(command.name, "missing_name", "#gR <room>")
    room = await in_database(Room.named, client.user, command.name)
    already = room.pk == client.room_id
    if not already:
        await client.enter(room)
    with override(client.language):
        text = _("You are already in “%(name)s”.") if already else _("You are now in “%(name)s”.")
        code = "already_here" if already else "entered"
        return Reply(code, text % {"name": room.title}, {"room": room.to_dict()})


async def leave_room(client, command):
    room = await in_database(Room.default)
    already = room.pk == client.room_id
    if not already:
        await client.enter(room)
    with override(client.language):
        if already:
            text = _("You are in “%(name)s”, where everybody begins: there is nothing to leave.")
        else:
            text = _("You are back in “%(name)s”.")
        code = "in_default_room" if already else "left"
        return Reply(code, text % {"name": room.title}, {"room": room.to_dict()})


async def disconnect(client, command):
    with override(client.language):
        return Reply("bye", _("Goodbye! You are disconnected."))


async def list_rooms(client, command):
    now = await in_database(Snapshot.take_for, client.user)
    with override(client.language):
        rooms = now.cards(now.rooms)
        lines = [f"{room['name']} ({room['people']})" for room in rooms]
        heading = ngettext("%(count)s room:", "%(count)s rooms:", len(rooms)) % {"count": len(rooms)}
        return Reply("rooms", "\n".join([heading, *lines]), {"rooms": rooms})


async def delete_room(client, command):
    require(command.name, "missing_name", "#dR <room>")
    try:
        room = await in_database(Room.named, client.user, command.name)
    except ChatError as error:
        return nothing_to_delete(client, error)
    return await remove_room(client, room)


async def remove_room(client, room):
    """Close one's own room; take anybody else's off one's own list."""
    if room.is_default:
        raise ChatError("default_room_stays", name=room.title)
    return await (close_room if rights.rules(client.user, room) else hide_room)(client, room)


def nothing_to_delete(client, error):
    with override(client.language):
        text = _("There is no room “%(name)s”, so there is nothing to delete.") % error.data
        return Reply(error.code, text, ok=False)


async def close_room(client, room):
    if not await in_database(close, room, client.user):
        raise ChatError("no_room", name=room.title)
    await facade.publish_lobby_change()
    with override(client.language):
        text = _("The room “%(name)s” is deleted.") % {"name": room.title}
        return Reply("room_deleted", text, {"room": room.to_dict()})


def close(room, by):
    is_closed = room.close(by)
    if is_closed:
        log_staff_act(by, "close", room)
    return is_closed


async def hide_room(client, room):
    await in_database(Membership.hide, room, client.user)
    if client.has_connection:
        await client.room_list.change(room.pk, room.title, is_hidden=True)
    await facade.publish_listing(client.user.pk, room, is_hidden=True)
    with override(client.language):
        return Reply("room_hidden", notices.hidden(room.title), {"room": room.to_dict()})


async def show_users(client, command):
    if command.argument.strip().casefold() not in ("users", "users:"):
        return await unknown(client, command)
    with override(client.language):
        found = await in_database(directory, client.user)
        counts = {"total": found.total, "online": found.online}
        heading = ngettext(
            "%(total)s user, %(online)s connected:", "%(total)s users, %(online)s connected:", found.total
        )
        lines = [heading % counts, *map(user_line, found.users)]
        if more := found.total - len(found.users):
            lines.append(_("… and %(count)s more: %(address)s lists them all.") % {"count": more, "address": "/users/"})
        return Reply("users", "\n".join(lines), {"users": found.users, **counts})


def user_line(user):
    if user["room"]:
        return _("● %(name)s, in %(room)s") % {"name": user["name"], "room": user["room"]["name"]}
    return f"○ {user['name']}"


async def say_privately(client, command):
    usage = "#\\private<user> text"
    found = ADDRESSEE.fullmatch(command.argument)
    require(found, "missing_text", usage)
    bracketed, bare, text = found.groups()
    name = names.clean(bracketed if bracketed is not None else bare)
    require(name and text.strip(), "missing_text", usage)
    validate_text(text)  # before a conversation begins
    room, other = await in_database(begin_conversation, client.user, name)
    saved = await facade.post(Draft(client.user.pk, room.pk, command.id, text))
    with override(client.language):
        sentence = _("Sent to %(name)s, in private.") % {"name": other.username}
    return Reply("private_sent", sentence, {"room": room.pk, "seq": saved.message.seq, "to": other.to_dict()})


def begin_conversation(user, name):
    other = User.objects.find_active(name)
    if other is None:
        raise ChatError("no_user", name=names.quotable(name))
    return Room.between(user, other), other


async def show_help(client, command):
    with override(client.language):
        table = [{"usage": usage, "does": str(does)} for usage, does in HELP]
    return Reply("help", "\n".join(f"{line['usage']} — {line['does']}" for line in table), {"commands": table})


async def unknown(client, command):
    word = f"{command.word} {command.argument}".strip()[:50]
    raise ChatError("unknown_command", word=f"#{word}")


def require(given, code, usage):
    if not given:
        raise ChatError(code, usage=usage)


COMMANDS = {
    "cr": create_room,
    "gr": enter_room,
    "er": leave_room,
    "exit": disconnect,
    "lr": list_rooms,
    "dr": delete_room,
    "show": show_users,
    "private": say_privately,
    "help": show_help,
    "ayuda": show_help,
}

# What moves a connected client, and means nothing without one.
MOVING = {"gr", "er", "exit"}

HELP = [
    ("#cR <room>", gettext_lazy("create a room and enter it")),
    ("#gR <room>", gettext_lazy("go to a room")),
    ("#eR", gettext_lazy("leave to the default room")),
    ("#exit", gettext_lazy("disconnect")),
    ("#lR", gettext_lazy("list all rooms with the number of people in each")),
    ("#dR <room>", gettext_lazy("delete your room; take someone else's off your list")),
    ("#show users", gettext_lazy("list all users, the connected first, with their room")),
    ("#\\private<user> text", gettext_lazy("a private message, wherever the user is")),
    ("#help", gettext_lazy("this table")),
    ("##text", gettext_lazy("say #text")),
]
