"""Errors of the chat: codes, HTTP statuses and sentences, beside those of `common.errors`."""

from django.utils.translation import gettext_lazy as _

from common.errors import ExpectedError

SENTENCES = {
    # code: (HTTP status, sentence)
    "bad_frame": (400, _("That is not a frame this server understands.")),
    "bad_address": (400, _("That is no address of the open Internet, beginning with https:// or http://.")),
    "bad_name": (
        400,
        _("A room's name has 1 to 50 visible characters, without line breaks or characters that turn the text around."),
    ),
    "bad_text": (400, _("The text holds characters that cannot be stored.")),
    "blank": (400, _("There is nothing to send yet: write something first.")),
    "default_room_stays": (409, _("“%(name)s” is the default room: it can be neither deleted nor left.")),
    "disconnected": (403, _("The site's staff have disconnected you.")),
    "foreign_origin": (403, _("That does not come from a page of this site.")),
    "frame_too_long": (413, _("That is longer than any frame.")),
    "is_command": (
        400,
        _("This begins with # and is a command: send it to /api/v1/commands, or begin with ## to say it."),
    ),
    "missing_name": (400, _("Which room? Write its name after the command: %(usage)s")),
    "missing_text": (400, _("What shall be said, and to whom? %(usage)s")),
    "muted": (403, _("You are muted in this room: you can read here, and not write.")),
    "needs_client": (
        409,
        _("This command moves a connected client. Over REST, name the room with each call instead."),
    ),
    "no_room": (404, _("There is no room “%(name)s”. #cR %(name)s creates it.")),
    "no_such_hook": (404, _("There is no such webhook.")),
    "no_such_message": (404, _("There is no such message.")),
    "no_such_room": (404, _("There is no such room.")),
    "no_such_stream": (404, _("This line has ended. Connect again.")),
    "no_such_user": (404, _("There is no such user.")),
    "no_user": (404, _("There is nobody called “%(name)s”. #show users lists everybody.")),
    "not_a_command": (400, _("A command begins with #. To say something, post it to a room.")),
    "not_a_method": (405, _("That address is not for this method.")),
    "not_allowed": (403, _("You may not do that here.")),
    "not_here": (403, _("You are not in that room. Enter it first.")),
    "not_over_them": (403, _("That cannot be done with this person.")),
    "not_taken": (403, _("This person does not take your messages.")),
    "not_your_room": (403, _("Only the room's owner, or staff, can do that.")),
    "not_yours": (403, _("Only its author can change a message.")),
    "other_has_gone": (410, _("This person has deleted their account: nobody would read it.")),
    "private_by_staff": (403, _("Only staff send private messages on this site.")),
    "private_off": (403, _("There are no private messages on this site.")),
    "private_to_self": (400, _("A private message to yourself would not go far.")),
    "rooms_by_staff": (403, _("On this site only staff create rooms.")),
    "room_taken": (409, _("There is already a room “%(name)s”. #gR %(name)s enters it.")),
    "too_many_rooms": (
        409,
        _("You have %(limit)s rooms, and nobody may have more here. Delete one first: #dR and its name."),
    ),
    "too_many_hooks": (409, _("This room has too many webhooks: remove one first.")),
    "too_long": (400, _("A message has at most %(limit)s characters; this one has %(length)s.")),
    "too_many_sockets": (429, _("You are connected too many times. Close a tab and try again.")),
    "unknown_command": (400, _("There is no command “%(word)s”, so nothing was sent. #help lists the commands.")),
}

# Codes of `common.errors` whose sentences differ where people chat.
OVERRIDES = {
    "busy": _("The server has more to do than it can take. Your message is sent again by itself."),
    "not_signed_in": _("Your session has ended. Sign in again."),
    "slow_down": _("That was fast. Your message is sent again in a moment."),
    "unavailable": _("The database does not answer. Your message is sent again by itself."),
}


class ChatError(ExpectedError):
    """An expected error of the chat, sent as an `error` frame or as the body of a REST response."""

    sentences = SENTENCES
    overrides = OVERRIDES
