"""Translation of this client's own sentences; those of the server arrive translated."""

from collections.abc import Mapping

LANGUAGES = ("en", "es")
SPANISH = {
    "A chat in the terminal.": "Un chat en la terminal.",
    "the site's address": "la dirección del sitio",
    "your user name": "tu nombre de usuario",
    "a token from your profile page, instead of name and password": (
        "un token de tu página de perfil, en vez de nombre y contraseña"
    ),
    "en or es; otherwise as the terminal's locale says": "en o es; si no, lo que diga la configuración de la terminal",
    "id of the room to begin in": "número de la sala donde empezar",
    "User name: ": "Nombre de usuario: ",
    "Password: ": "Contraseña: ",
    "Wrong user name or password.": "Usuario o contraseña incorrectos.",
    "Too many tries. Wait a little.": "Demasiados intentos. Espera un poco.",
    "An address begins with http:// or https://.": "Una dirección empieza por http:// o https://.",
    "The server cannot be reached: {why}": "No se puede llegar al servidor: {why}",
    "Your session has ended: sign in again.": "Tu sesión ha terminado: vuelve a entrar.",
    "The server does not let you in.": "El servidor no te deja entrar.",
    "Goodbye!": "¡Hasta luego!",
    "connected": "conectado",
    "connecting…": "conectando…",
    "no line, back in {seconds} s": "sin línea, vuelvo en {seconds} s",
    "No line. What you write is kept and sent when it is back.": (
        "Sin línea. Lo que escribas se guarda y se envía cuando vuelva."
    ),
    "{count} here": "{count} aquí",
    "{count} waiting": "{count} por enviar",
    "edited": "editado",
    "[deleted]": "[borrado]",
    "deleted user": "usuario eliminado",
    "earlier": "antes",
    "There is nothing earlier.": "No hay nada anterior.",
    "now": "ahora",
    "to {name}": "a {name}",
    "private": "privado",
    "Enter sends, Alt-Enter breaks the line, Tab completes, Page Up shows what was said earlier, #exit ends.": (
        "Intro envía, Alt-Intro parte la línea, Tab completa, Re Pág muestra lo anterior, #exit termina."
    ),
}


class Translator:
    """Callable that returns an English sentence in `language`, with its placeholders filled in."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, sentence: str, **values: object) -> str:
        """Translate `sentence`, which must be in the catalogue."""
        translated = SPANISH[sentence] if self.language == "es" else sentence
        return translated.format(**values) if values else translated


def gettext_noop(sentence: str) -> str:
    """Mark a sentence that is translated where it is shown."""
    return sentence


def locale_language(environment: Mapping[str, str]) -> str:
    """Return `es` for a Spanish locale, otherwise `en`."""
    values = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next(filter(None, values), "")
    return "es" if locale.lower().startswith("es") else "en"
