"""The core's commands: create, enter, leave, list and delete rooms, and disconnect."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override

from accounts.models import User
from common.db.threads import in_database
from rooms.hub import facade
from rooms.lobby import notices
from rooms.lobby.snapshot import Snapshot
from rooms.models import Room, rights
from rooms.models.staff_log import log_staff_act
from rooms.protocol.errors import ChatError

from .registry import Actor, Command, CommandReply, ParsedLine


async def create_room(actor: Actor, line: ParsedLine) -> CommandReply:
    room = await open_room(actor, line.require_name("#cR <room>"))
    with override(actor.language):
        there, elsewhere = _("The room “%(name)s” is yours, and you are in it."), _("The room “%(name)s” is yours.")
        text = (there if actor.has_connection else elsewhere) % {"name": room.title}
        return CommandReply("room_created", text, {"room": room.to_dict(people=int(actor.has_connection))})


async def open_room(actor: Actor, name: str) -> Room:
    """Create a room; a connected owner enters it, any other becomes a member. Raises as `Room.create`."""
    room: Room = await in_database(Room.create, actor.user, name)
    if actor.has_connection:
        await actor.enter(room)
    else:
        await in_database(room.admit, actor.user)
        await facade.publish_lobby_change()
    return room


async def enter_room(actor: Actor, line: ParsedLine) -> CommandReply:
    room = await in_database(Room.named, actor.user, line.require_name("#gR <room>"))
    already = room.pk == actor.room_id
    if not already:
        await actor.enter(room)
    with override(actor.language):
        text = _("You are already in “%(name)s”.") if already else _("You are now in “%(name)s”.")
        code = "already_here" if already else "entered"
        return CommandReply(code, text % {"name": room.title}, {"room": room.to_dict()})


async def leave_room(actor: Actor, line: ParsedLine) -> CommandReply:
    room = await in_database(Room.default)
    already = room.pk == actor.room_id
    if not already:
        await actor.enter(room)
    with override(actor.language):
        if already:
            text = _("You are in “%(name)s”, where everybody begins: there is nothing to leave.")
        else:
            text = _("You are back in “%(name)s”.")
        code = "in_default_room" if already else "left"
        return CommandReply(code, text % {"name": room.title}, {"room": room.to_dict()})


async def disconnect(actor: Actor, line: ParsedLine) -> CommandReply:
    """The gateway closes the connection after this reply."""
    with override(actor.language):
        return CommandReply("bye", _("Goodbye! You are disconnected."))


async def list_rooms(actor: Actor, line: ParsedLine) -> CommandReply:
    now = await in_database(Snapshot.take_for, actor.user)
    with override(actor.language):
        rooms = now.cards(now.rooms)
        lines = [f"{room['name']} ({room['people']})" for room in rooms]
        heading = ngettext("%(count)s room:", "%(count)s rooms:", len(rooms)) % {"count": len(rooms)}
        return CommandReply("rooms", "\n".join([heading, *lines]), {"rooms": rooms})


async def delete_room(actor: Actor, line: ParsedLine) -> CommandReply:
    name = line.require_name("#dR <room>")
    try:
        room = await in_database(Room.named, actor.user, name)
    except ChatError as error:
        with override(actor.language):
            text = _("There is no room “%(name)s”, so there is nothing to delete.") % error.data
            return CommandReply(error.code, text, ok=False)
    return await remove_room(actor, room)


async def remove_room(actor: Actor, room: Room) -> CommandReply:
    """Close a room that the user moderates; hide any other from their own list."""
    if room.is_default:
        raise ChatError("default_room_stays", name=room.title)
    return await (close_room if rights.can_moderate(actor.user, room) else hide_room)(actor, room)


async def close_room(actor: Actor, room: Room) -> CommandReply:
    if not await in_database(close, room, actor.user):
        raise ChatError("no_room", name=room.title)
    await facade.publish_lobby_change()
    with override(actor.language):
        text = _("The room “%(name)s” is deleted.") % {"name": room.title}
        return CommandReply("room_deleted", text, {"room": room.to_dict()})


def close(room: Room, by: User) -> bool:
    is_closed = room.close(by)
    if is_closed:
        log_staff_act(by, "close", room)
    return is_closed


async def hide_room(actor: Actor, room: Room) -> CommandReply:
    await in_database(room.hide_from, actor.user)
    await actor.relist(room.pk, room.title, is_hidden=True)
    await facade.publish_listing(actor.user.pk, room, is_hidden=True)
    with override(actor.language):
        return CommandReply("room_hidden", notices.hidden(room.title), {"room": room.to_dict()})


async def change_topic(actor: Actor, line: ParsedLine) -> CommandReply:
    """Without a text, tell the topic of the room one is in; `-` clears it."""
    if actor.room_id is None:
        raise ChatError("not_here")
    room = await in_database(Room.public_to, actor.user, actor.room_id)
    topic = line.argument.strip()
    if topic:
        await in_database(set_topic, room, actor.user, "" if topic == "-" else topic)
        await facade.publish_lobby_change()
    with override(actor.language):
        text = _("Topic: %(topic)s") % {"topic": room.topic} if room.topic else _("This room has no topic.")
        return CommandReply("topic_changed" if topic else "topic", text, {"room": room.pk, "topic": room.topic})


def set_topic(room: Room, by: User, topic: str) -> None:
    room.set_topic(by, topic)
    log_staff_act(by, "changed", room)


COMMANDS = (
    Command(("cr",), "#cR <room>", gettext_lazy("create a room and enter it"), create_room),
    Command(("gr",), "#gR <room>", gettext_lazy("go to a room"), enter_room, needs_connection=True),
    Command(("er",), "#eR", gettext_lazy("leave to the default room"), leave_room, needs_connection=True),
    Command(("exit",), "#exit", gettext_lazy("disconnect"), disconnect, needs_connection=True),
    Command(("lr",), "#lR", gettext_lazy("list all rooms with the number of people in each"), list_rooms),
    Command(("dr",), "#dR <room>", gettext_lazy("delete your room; take someone else's off your list"), delete_room),
    Command(("topic",), "#topic <text>", gettext_lazy("say what the room is about; - clears it"), change_topic),
)
