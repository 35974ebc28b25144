"""docs/operating.md: the files, commands and settings it names exist, and its installation works as written."""

import json
import os
import re
import shlex
import ssl
import subprocess
import tempfile
import urllib.request
from pathlib import Path

import pytest

from tests.people import PASSWORD
from tests.servers import ROOT
from tests.services import find_program, free_port
from tests.waiting import until

pytestmark = pytest.mark.footing("embedded")

GUIDE = (ROOT / "docs/operating.md").read_text()
DOMAIN = "localhost"
BARE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
AS_ROOT = os.geteuid() == 0
ANA = {"username": "ana.first", "first_names": "Ana", "last_names": "Tester", "birth_date": "1990-05-17"}
# Commands that would change the machine the test runs on.
SKIPPED_COMMANDS = (
    "apt-get",
    "certbot",
    "useradd",
    "systemctl daemon-reload",
    "rm -f /etc/nginx/sites-enabled/default",
)


def test_named_files_exist():
    pages = [f"docs/{page}" for page in re.findall(r"\((\w+\.md)\)", GUIDE)]
    assert [name for name in re.findall(r"deploy/[\w.]+\w", GUIDE) + pages if not (ROOT / name).exists()] == []


def test_named_commands_exist():
    known = {path.stem for path in (ROOT / "ops/management/commands").glob("*.py")} | {"shell", "check", "migrate"}
    assert set(re.findall(r"manage\.py (\w+)", GUIDE)) <= known


def test_named_settings_exist():
    known = (ROOT / ".env.example").read_text() + (ROOT / "docker-compose.yml").read_text()
    known += (ROOT / "deploy/tertulia.service").read_text()
    assert [name for name in re.findall(r"`([A-Z]+_[A-Z_]+)[`=]", GUIDE) if name not in known] == []


class SimulatedHost:
    """A folder that stands in for a host's file system; runs the guide's commands there."""

    def __init__(self, folder):
        self.folder = folder
        self.web, self.front, self.plain = free_port(), free_port(), free_port()
        # A minimal environment; only pip's configuration comes from the machine.
        pip = {key: value for key, value in os.environ.items() if key.startswith("PIP_")}
        self.environment = pip | {"PATH": BARE_PATH, "HOME": str(folder), "DOMAIN": DOMAIN, "LANG": "C.UTF-8"}
        self._processes = []
        for name in ("srv", "etc/nginx/sites-available", "etc/nginx/sites-enabled", "etc/systemd/system", "run"):
            (folder / name).mkdir(parents=True)
        self._origin = folder / "origin.git"
        subprocess.run(["git", "clone", "--quiet", "--bare", ROOT, self._origin], check=True)
        if AS_ROOT:  # git refuses a repository of another user
            subprocess.run(["chown", "-R", "nobody", self._origin], check=True)

    def adapted(self, text):
        """Replace the guide's paths, ports and users by those of this folder and machine."""
        for original, replacement in (
            ("https://git.example.org/tertulia.git", str(self._origin)),
            ("127.0.0.1:8000", f"127.0.0.1:{self.web}"),
            ("--port 8000", f"--port {self.web}"),
            (" /srv", f" {self.folder}/srv"),
            ("=/srv", f"={self.folder}/srv"),
            (" /etc/", f" {self.folder}/etc/"),
            ("runuser -u tertulia", "runuser -u nobody" if AS_ROOT else "env"),
            ("--owner tertulia --group tertulia", "--owner nobody --group nogroup" if AS_ROOT else ""),
        ):
            text = text.replace(original, replacement)
        return text

    def run(self, command):
        if command.startswith("systemctl enable --now tertulia"):
            return self._start_service()
        if command.startswith(("nginx -t", "systemctl reload nginx")):
            return self._start_nginx() if "reload" in command else None
        words = ["bash", "-euc", self.adapted(command)]
        ran = subprocess.run(words, env=self.environment, cwd=self.folder, capture_output=True, text=True, timeout=400)
        assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
        return ran.stdout

    def _start_service(self):
        """Start the service as systemd does."""
        unit = (self.folder / "etc/systemd/system/tertulia.service").read_text()
        [command] = re.findall(r"^ExecStart=(.*)$", unit, re.M)
        user = {"user": "nobody", "group": "nogroup", "extra_groups": []} if AS_ROOT else {}
        words = shlex.split(self.adapted(f" {command}").replace("${WORKERS}", "1"))
        self._start(words, cwd=self.folder / "srv/tertulia", **user)

    def _start_nginx(self):
        site = self.folder / "etc/nginx/sites-enabled/tertulia"
        text = "\n".join(line for line in site.read_text().splitlines() if "listen [::]" not in line)
        text = self.adapted(text).replace("listen 80;", f"listen 127.0.0.1:{self.plain};")
        main = self.folder / "etc/nginx/nginx.conf"
        site.resolve().write_text(text.replace("listen 443", f"listen 127.0.0.1:{self.front}"))
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        paths = " ".join(f"{kind}_temp_path {self.folder}/run/{kind};" for kind in kinds)
        user = "user root;" if AS_ROOT else ""
        log = f"error_log {self.folder}/run/error.log; pid {self.folder}/run/nginx.pid;"
        main.write_text(f"daemon off; {user} {log} events {{}} http {{ {paths} include {site}; }}")
        self._start([find_program("nginx", "nginx"), "-c", str(main)])

    def _start(self, words, **options):
        with (self.folder / "log").open("ab") as log:
            options |= {"stdout": log, "stderr": log, "env": self.environment}
            self._processes.append(subprocess.Popen(words, start_new_session=True, **options))

    def stop(self):
        """Terminate all processes; their exit codes."""
        for process in self._processes:
            process.terminate()
        return [process.wait(timeout=20) for process in self._processes]

    def request(self, path, body, **headers):
        """Send a JSON request through Nginx; the JSON of the answer."""
        context = ssl.create_default_context(cafile=self.folder / f"etc/letsencrypt/live/{DOMAIN}/fullchain.pem")
        headers = {"Content-Type": "application/json"} | headers
        url = f"https://{DOMAIN}:{self.front}{path}"
        request = urllib.request.Request(url, json.dumps(body).encode() if body else None, headers)
        with urllib.request.urlopen(request, context=context, timeout=30) as answer:
            return json.load(answer)


@pytest.fixture
def host():
    with tempfile.TemporaryDirectory(prefix="tertulia-host-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)  # the site's user has to traverse the folder
        yield SimulatedHost(Path(name))


def commands(section):
    """The commands of a section, each with its here-document."""
    text = GUIDE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    for block in re.findall(r"```sh\n(.*?)```", text, re.S):
        yield from re.findall(r"^(?:[^\n]*<<END\n.*?^END$|[^\n]+)$", block, re.M | re.S)


@pytest.mark.long
def test_installation_on_one_host_works_from_clone_to_first_message(host):
    try:
        for command in commands("On one host"):
            if not command.startswith(SKIPPED_COMMANDS):
                print(command, flush=True)
                host.run(command.replace("'YOU'", f"'{ANA['username']}'"))
        until(lambda: (host.folder / "run/nginx.pid").exists(), what="Nginx is running")
        host.request("/api/v1/users", ANA | {"password": PASSWORD})
        credentials = {"username": ANA["username"], "password": PASSWORD, "name": "first"}
        token = {"Authorization": f"Bearer {host.request('/api/v1/tokens', credentials)['token']}"}
        [room] = host.request("/api/v1/rooms", None, **token)["rooms"]
        path = f"/api/v1/rooms/{room['id']}/messages"
        host.request(path, {"text": "The first message"}, **token)
        messages = host.request(path, None, **token)["messages"]
        assert [message["text"] for message in messages] == ["The first message"]
    finally:
        exit_codes = host.stop()
    assert exit_codes == [0, 0], (host.folder / "log").read_text()
