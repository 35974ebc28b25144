"""Nginx before servers of this machine, with the configuration that `deploy/` gives to everybody."""

import os
import subprocess
from pathlib import Path

from tests.services import find_program, free_port
from tests.waiting import until

CONFIGURATION = Path(__file__).resolve().parent.parent / "deploy" / "nginx.conf"
MAIN = """\
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


def certify(folder, name="localhost"):
    """A certificate that only this machine's own tests believe: `(certificate, key)`."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    words += ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    openssl = find_program("openssl", "openssl")
    subprocess.run([openssl, *words, "-out", certificate, "-keyout", key], check=True, capture_output=True)
    return certificate, key


class Front:
    """One Nginx on free ports: `url` is what a browser is told, `plain_url` where it is sent there from."""

    def __init__(self, folder, upstreams):
        self.folder = folder
        self.port, self._plain_port = free_port(), free_port()
        self.url, self.plain_url = f"https://localhost:{self.port}", f"http://localhost:{self._plain_port}"
        self.socket_url = f"wss://localhost:{self.port}/ws/chat/"
        self.certificate, key = certify(folder)
        self._process = None
        (folder / "site.conf").write_text(self._site(upstreams, key))
        user = "user root;" if os.geteuid() == 0 else ""
        paths = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in KINDS)
        (folder / "main.conf").write_text(MAIN.format(folder=folder, user=user, paths=paths))

    def _site(self, upstreams, key):
        """The shipped file, and nothing changed in it but names, ports and paths."""
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

    def start(self):
        command = [find_program("nginx", "nginx"), "-p", self.folder, "-c", self.folder / "main.conf"]
        with (self.folder / "nginx.log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        until(lambda: (self.folder / "nginx.pid").exists() or self._process.poll() is not None, what="Nginx runs")
        if self._process.poll() is not None:
            raise RuntimeError((self.folder / "nginx.log").read_text())

    def end(self):
        if self._process and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(timeout=10)
