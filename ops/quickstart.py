"""`make run` after the installation: creates what the site lacks on this machine, then starts the server."""

import hashlib
import os
import secrets
import socket
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import django
import environ
from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder, get_finders
from django.core.management import call_command
from django.utils.translation import gettext as _

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = BASE_DIR / "var"


def main() -> NoReturn:
    if (BASE_DIR / ".env").is_file():
        environ.Env.read_env(BASE_DIR / ".env")
    VAR.mkdir(exist_ok=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    if not os.environ.get("SECRET_KEY"):
        os.environ["SECRET_KEY"] = read_or_create_secret_key(VAR / "secret_key")
    host, port = os.environ.get("HOST") or "127.0.0.1", int(os.environ.get("PORT") or 8000)
    django.setup()
    refuse_taken_port(host, port)
    call_command("migrate", interactive=False, verbosity=0)
    collect_static_files(VAR / "static-files")
    print(_("Tertulia is at %(address)s (Ctrl-C ends it)") % {"address": address(host, port)}, flush=True)
    become_server(host, port)


def read_or_create_secret_key(path: Path) -> str:
    """The secret key in this file, which is created, readable by its owner only, if it does not exist."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(50))
    return path.read_text()


def refuse_taken_port(host: str, port: int) -> None:
    """Exit with a sentence if the port is in use, before the address is printed."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        sentence = _("Cannot listen on %(address)s: %(reason)s. Choose another port: make run PORT=8001")
        sys.exit(sentence % {"address": address(host, port), "reason": os.strerror(error.errno or 0)})


def collect_static_files(stamp: Path) -> None:
    """Collect the static files if any changed since `stamp`, a file with their fingerprint, was written."""
    fingerprint = _fingerprint(get_finders())
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if manifest.exists() and stamp.exists() and stamp.read_text() == fingerprint:
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(fingerprint)


def _fingerprint(finders: Iterable[BaseFinder]) -> str:
    digest = hashlib.sha256()
    for finder in finders:
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            digest.update(f"{path} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def address(host: str, port: int) -> str:
    """The URL of the site for a browser on this machine."""
    if host in ("0.0.0.0", "::"):  # noqa: S104, compared and not bound
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def become_server(host: str, port: int) -> NoReturn:
    """Replace this process by the server, so that it receives signals directly."""
    command = [sys.executable, str(BASE_DIR / "manage.py"), "serve", "--host", host, "--port", str(port)]
    os.execv(sys.executable, command)  # noqa: S606, no shell is wanted


if __name__ == "__main__":
    main()
