"""Nginx in front of servers on this machine, with the configuration of `deploy/`."""

import os
import subprocess
from pathlib import Path

from tests.services import find_program, free_port
from tests.waiting import until

CONFIGURATION = Path(__file__).resolve().parent.parent / "deploy" / "nginx.conf"
MAIN_TEMPLATE = """\
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{ worker_connections 4096; }}
http {{
    {paths}
    include {folder}/site.conf;
}}
"""
KINDS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def make_certificate(folder: Path, name: str = "localhost") -> tuple[Path, Path]:
    """Make a self-signed certificate; return the paths of certificate and key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    words += ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    openssl = find_program("openssl", "openssl")
    subprocess.run([openssl, *words, "-out", certificate, "-keyout", key], check=True, capture_output=True)
    return certificate, key


class NginxProxy:
    """An Nginx on free ports: `url` is the site by HTTPS, `plain_url` redirects to it.

    `upstreams` are the ports of the servers.
    """

    def __init__(self, folder: Path, upstreams: list[int]) -> None:
        self.folder = folder
        self.port, self._plain_port = free_port(), free_port()
        self.url, self.plain_url = f"https://localhost:{self.port}", f"http://localhost:{self._plain_port}"
        self.socket_url = f"wss://localhost:{self.port}/ws/chat/"
        self.certificate, key = make_certificate(folder)
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "site.conf").write_text(self._site(upstreams, key))
        user = "user root;" if os.geteuid() == 0 else ""
        paths = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in KINDS)
        (folder / "main.conf").write_text(MAIN_TEMPLATE.format(folder=folder, user=user, paths=paths))

    def _site(self, upstreams: list[int], key: Path) -> str:
        """Return the shipped configuration with only names, ports and paths replaced."""
        lines = [line for line in CONFIGURATION.read_text().splitlines() if "listen [::]" not in line]
        text = "\n".join(lines).replace("chat.example.org", "localhost")
        for shipped, ours in (
            (
                "server 127.0.0.1:8000 max_fails=0;",
                " ".join(f"server 127.0.0.1:{port} max_fails=0;" for port in upstreams),
            ),
            ("listen 80;", f"listen 127.0.0.1:{self._plain_port};"),
            ("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl"),
            ("/etc/letsencrypt/live/localhost/fullchain.pem", str(self.certificate)),
            ("/etc/letsencrypt/live/localhost/privkey.pem", str(key)),
        ):
            if text.count(shipped) != 1:
                raise ValueError(f"{CONFIGURATION} has not one {shipped!r}")
            text = text.replace(shipped, ours)
        return text

    def start(self) -> None:
        """Start Nginx and wait until it runs; raises RuntimeError if it exits."""
        command = [find_program("nginx", "nginx"), "-p", self.folder, "-c", self.folder / "main.conf"]
        with (self.folder / "nginx.log").open("wb") as log:
            process = self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        until(lambda: (self.folder / "nginx.pid").exists() or process.poll() is not None, what="Nginx runs")
        if process.poll() is not None:
            raise RuntimeError((self.folder / "nginx.log").read_text())

    def stop(self) -> None:
        """Stop Nginx."""
        if self._process and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(timeout=10)
