"""How user names are written, and which are kept back."""

import unicodedata
from functools import cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common import names

USERNAME_LEAST_CHARACTERS, USERNAME_MOST_CHARACTERS = 4, 25
# A character's key has at most 7 (a Hangul syllable in its letters).
KEY_CHARACTERS = 8 * USERNAME_MOST_CHARACTERS

# Names that would speak for the site, or that mean everybody.
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


def check_username(name):
    """Raise ValidationError unless `name` is written as user names are: letters of any script, digits, `_ . -`."""
    if not USERNAME_LEAST_CHARACTERS <= len(name) <= USERNAME_MOST_CHARACTERS:
        raise ValidationError(_("A user name has 4 to 25 characters."), code="username_length")
    if not all(map(_fits_username, name)) or not names.is_presentable(name):
        raise ValidationError(_("A user name is made of letters, digits and the signs _ . -"), code="username_letters")


def _fits_username(character):
    """Marks belong to the letters of many scripts; invisible ones would only hide between letters."""
    category = unicodedata.category(character)
    fits = character in "_.-" or category == "Nd" or category[0] in "LM"
    return fits and not names.is_ignorable(character)


def is_reserved(name):
    keys, looks = _reserved()
    return names.key(name) in keys or names.skeleton(name) in looks


@cache
def _reserved():
    # In capitals too: other letters look like those (Cyrillic В is a B, в is none).
    typed = [way for name in RESERVED_NAMES for way in (name, name.upper(), name.title())]
    return {names.key(name) for name in RESERVED_NAMES}, {names.skeleton(name) for name in typed}
