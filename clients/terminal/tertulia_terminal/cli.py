"""Command line of the client."""

import argparse
import asyncio
import getpass
import os
import urllib.parse

from .auth import SignInRefused, sign_in
from .i18n import LANGUAGES, Translator, gettext_noop, locale_language
from .protocol.connection import CLOSED_NORMALLY, NOT_ALLOWED, SIGN_IN_REQUIRED
from .sanitize import sanitize
from .screen import run_chat

FAREWELLS = {
    CLOSED_NORMALLY: gettext_noop("Goodbye!"),
    SIGN_IN_REQUIRED: gettext_noop("Your session has ended: sign in again."),
    NOT_ALLOWED: gettext_noop("The server does not let you in."),
}


class Arguments(argparse.Namespace):
    """Options of the command line, with the defaults of the environment."""

    site: str
    user: str | None
    token: str | None
    room: int | None
    language: str | None


def parse_arguments(translate: Translator) -> Arguments:
    """Parse `sys.argv`; exits on `--help` and on errors."""
    parser = argparse.ArgumentParser(prog="terminal", description=translate("A chat in the terminal."))
    parser.add_argument("site", help=translate("the site's address"))
    parser.add_argument("--user", help=translate("your user name"), default=os.environ.get("TERTULIA_USER"))
    parser.add_argument(
        "--token",
        help=translate("a token from your profile page, instead of name and password"),
        default=os.environ.get("TERTULIA_TOKEN"),
    )
    parser.add_argument("--room", type=int, help=translate("id of the room to begin in"))
    parser.add_argument(
        "--language", choices=LANGUAGES, help=translate("en or es; otherwise as the terminal's locale says")
    )
    return parser.parse_args(namespace=Arguments())


def auth_headers(site: str, arguments: Arguments, translate: Translator) -> dict[str, str]:
    """Return the header that authenticates; without a token, ask for name and password.

    Raises `SignInRefused`, or `OSError` if the server cannot be reached.
    """
    if arguments.token:
        return {"Authorization": f"Bearer {arguments.token}"}
    name = arguments.user or input(translate("User name: "))
    password = os.environ.get("TERTULIA_PASSWORD") or getpass.getpass(translate("Password: "))
    return {"Cookie": sign_in(site, name, password)}


def main() -> int | str:
    """Run the client; return its exit status for `sys.exit`: 0, 1, or a sentence to print."""
    translate = Translator(locale_language(os.environ))
    arguments = parse_arguments(translate)
    translate = Translator(arguments.language or translate.language)
    site = arguments.site if "://" in arguments.site else f"http://{arguments.site}"
    if urllib.parse.urlsplit(site).scheme not in ("http", "https"):
        return translate("An address begins with http:// or https://.")
    try:
        headers = auth_headers(site, arguments, translate) | {"Accept-Language": translate.language}
    except SignInRefused as refused:
        return translate(str(refused))
    except (OSError, ValueError) as error:
        return translate("The server cannot be reached: {why}", why=sanitize(error))
    except (EOFError, KeyboardInterrupt):
        return 1
    code = asyncio.run(run_chat(site, headers, translate, arguments.room))
    print(translate(FAREWELLS.get(code, FAREWELLS[CLOSED_NORMALLY])))
    return 0 if code == CLOSED_NORMALLY else 1
