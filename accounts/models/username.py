"""The syntax of user names, and reserved names."""

import unicodedata
from functools import cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common import names

USERNAME_LEAST_CHARACTERS, USERNAME_MOST_CHARACTERS = 4, 25
# The key of one character has at most 7 (a decomposed Hangul syllable).
KEY_CHARACTERS = 8 * USERNAME_MOST_CHARACTERS

# Names that suggest authority over the site, or that address everybody.
# fmt: off
RESERVED_NAMES = [
    "admin", "admins", "administrator", "administrators", "all", "anonymous", "channel", "deleted", "deleted.user",
    "everyone", "everybody", "help", "here", "moderator", "moderators", "nobody", "none", "null", "official",
    "owner", "root", "room", "rooms", "security", "server", "service", "staff", "superuser", "support", "system",
    "tertulia", "user", "users", "webmaster", "administrador", "administradora", "administradores",
    "administración", "anónimo", "ayuda", "borrado", "eliminado", "dueño", "moderador", "moderadora", "moderadores",
    "nadie", "ninguno", "oficial", "sala", "salas", "seguridad", "servidor", "servicio", "sistema", "soporte",
    "todas", "todos", "usuario", "usuarios", "usuario.eliminado",
]
# fmt: on


def check_username(name: str) -> None:
    """Raise ValidationError unless `name` has 4 to 25 letters of any script, digits, `_`, `.` and `-`."""
    if not USERNAME_LEAST_CHARACTERS <= len(name) <= USERNAME_MOST_CHARACTERS:
        raise ValidationError(_("A user name has 4 to 25 characters."), code="username_length")
    if not all(map(_fits_username, name)) or not names.is_presentable(name):
        raise ValidationError(_("A user name is made of letters, digits and the signs _ . -"), code="username_letters")


def _fits_username(character: str) -> bool:
    """Whether the character is allowed. Combining marks are, as many scripts need them; invisible ones are not."""
    category = unicodedata.category(character)
    fits = character in "_.-" or category == "Nd" or category[0] in "LM"
    return fits and not names.is_ignorable(character)


def is_reserved(name: str) -> bool:
    """Whether `name` is reserved for the site, or looks like a name that is."""
    keys, looks = _reserved()
    return names.key(name) in keys or names.skeleton(name) in looks


@cache
def _reserved() -> tuple[set[str], set[str]]:
    """The keys and the skeletons of all reserved names."""
    # Upper case has confusables of its own: Cyrillic В looks like B, в does not look like b.
    typed = [spelling for name in RESERVED_NAMES for spelling in (name, name.upper(), name.title())]
    return {names.key(name) for name in RESERVED_NAMES}, {names.skeleton(name) for name in typed}
