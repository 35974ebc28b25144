"""What can be refused, with a machine's code and a person's sentence."""

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    # code: (HTTP status, sentence)
    "bad_frame": (400, _("That is not a frame this server understands.")),
    "bad_name": (
        400,
        _("A room's name has 1 to 50 visible characters, without line breaks or characters that turn the text around."),
    ),
    "bad_text": (400, _("The text holds characters that cannot be stored.")),
    "blank": (400, _("There is nothing to send yet: write something first.")),
    "busy": (503, _("The server has more to do than it can take. Your message is sent again by itself.")),
    "default_room_stays": (409, _("“%(name)s” is the default room: it can be neither deleted nor left.")),
    "internal": (500, _("Something went wrong on the server. It has been noted.")),
    "missing_name": (400, _("Which room? Write its name after the command: %(usage)s")),
    "missing_text": (400, _("What shall be said, and to whom? %(usage)s")),
    "no_room": (404, _("There is no room “%(name)s”. #cR %(name)s creates it.")),
    "no_such_message": (404, _("There is no such message.")),
    "no_such_room": (404, _("There is no such room.")),
    "no_user": (404, _("There is nobody called “%(name)s”. #show users lists everybody.")),
    "not_here": (403, _("You are not in that room. Enter it first.")),
    "not_signed_in": (401, _("Your session has ended. Sign in again.")),
    "not_yours": (403, _("Only its author can change a message.")),
    "private_to_self": (400, _("A private message to yourself would not go far.")),
    "room_taken": (409, _("There is already a room “%(name)s”. #gR %(name)s enters it.")),
    "slow_down": (429, _("That was fast. Your message is sent again in a moment.")),
    "too_long": (400, _("A message has at most %(limit)s characters; this one has %(length)s.")),
    "too_many_sockets": (429, _("You are connected too many times. Close a tab and try again.")),
    "unavailable": (503, _("The database does not answer. Your message is sent again by itself.")),
    "unknown_command": (400, _("There is no command “%(word)s”, so nothing was sent. #help lists the commands.")),
}


class ChatError(Exception):
    """A refusal that is no bug: `code` for machines, `text` for people, `status` for HTTP.

    `retry_after` (seconds) says when the same request may succeed; `field` names what was wrong with the request;
    further keywords fill the sentence.
    """

    def __init__(self, code, *, retry_after=None, field=None, **data):
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after
        self.field = field
        self.data = data

    @property
    def status(self):
        return SENTENCES[self.code][0]

    @property
    def text(self):
        """The sentence, in the language active now."""
        return SENTENCES[self.code][1] % self.data
