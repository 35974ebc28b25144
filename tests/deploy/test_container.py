"""The Dockerfile and the compose file: their content is checked and their commands run without an engine."""

import ast
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from compose_spec import PyCompose

from tests.servers import ROOT, database_url
from tests.services import find_program, free_port
from tests.waiting import until

pytestmark = pytest.mark.footing("embedded")

DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
VARIABLES = {"DOMAIN": "chat.example.net", "SECRET_KEY": "k" * 50, "POSTGRES_PASSWORD": "secret"}
REFERENCE = re.compile(r"\$(?:(\$)|\{(\w+)(?::([-?])([^}]*))?\})")
BIN = Path(sys.executable).parent


def interpolated(text, variables):
    """Interpolate as compose does: `${NAME}`, `${NAME:-default}` and `${NAME:?error}`."""

    def value(found):
        dollar, name, kind, words = found.groups()
        if kind == "?" and not variables.get(name):
            raise LookupError(words)
        return "$" if dollar else variables.get(name) or (words if kind == "-" else "")

    return REFERENCE.sub(value, text)


def compose(variables=VARIABLES):
    return yaml.safe_load(interpolated((ROOT / "docker-compose.yml").read_text(), variables))


def service(name):
    return compose()["services"][name]


def arguments_of(instruction):
    """The arguments of the Dockerfile's last `CMD […]` or `HEALTHCHECK … CMD […]`."""
    return ast.literal_eval(re.findall(rf"^{instruction}.*?(\[.*\])$", DOCKERFILE, re.M)[-1])


def run(words, **options):
    environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"} | options.pop("environment", {})
    return subprocess.run(words, cwd=ROOT, env=environment, text=True, capture_output=True, timeout=60, **options)


def expect_success(words, **options):
    ended = run(words, **options)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_dockerfile_passes_hadolint():
    expect_success([BIN / "hadolint", "--failure-threshold", "style", ROOT / "Dockerfile"])


def test_compose_file_is_valid_and_has_the_services():
    found = PyCompose.from_yaml(yaml.safe_dump(compose()))
    found.validate()
    assert set(found.to_spec().services) == {"migrate", "web", "proxy", "postgres", "redis"}


@pytest.mark.parametrize("name", VARIABLES)
def test_missing_variable_without_default_raises_an_error_that_names_it(name):
    with pytest.raises(LookupError, match=f"Put {name}="):
        compose({**VARIABLES, name: ""})


@pytest.mark.parametrize("name", ["web", "migrate"])
def test_site_runs_unprivileged_and_read_only(name):
    assert service(name)["read_only"] is True
    assert service(name)["cap_drop"] == ["ALL"]
    assert re.search(r"^USER [1-9]\d*$", DOCKERFILE, re.M)


def test_image_contains_the_program_and_no_private_files():
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert not {"accounts", "chatsite", "rooms", "static", "templates", "manage.py", "requirements.txt"} & {*ignored}
    assert {".env", ".git", "var"} <= {*ignored}


def test_image_build_collects_static_files(tmp_path):
    [command] = re.findall(r"SECRET_KEY=build.*?(?=&&)", DOCKERFILE)
    settings = {"DJANGO_SETTINGS_MODULE": "tests.settings", "TEST_STATIC_ROOT": str(tmp_path)}
    # A dry run: the test session has collected them already.
    expect_success(["sh", "-c", f"{command} --dry-run"], environment=settings)


def test_image_commands_migrate_serve_and_pass_the_health_check(committed, tmp_path):
    """Runs `migrate`, `CMD` and `HEALTHCHECK` as written, except for the port, and stops the server."""
    port = str(free_port())
    settings = {"DATABASE_URL": database_url()}
    environment = os.environ | settings | {"PATH": f"{BIN}:{os.environ['PATH']}"}
    health = [word.replace("8000", port) for word in arguments_of("HEALTHCHECK")]
    assert run(health).returncode != 0
    expect_success(service("migrate")["command"], environment=settings)
    command = ["127.0.0.1" if word == "0.0.0.0" else word.replace("8000", port) for word in arguments_of("CMD")]
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log) as server,
    ):
        try:
            until(lambda: run(health).returncode == 0, seconds=30, what="the server is healthy")
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=10) == 0


def test_redis_starts_and_passes_its_health_check(tmp_path):
    port = str(free_port())
    command = [*service("redis")["command"], "--port", port, "--dir", str(tmp_path)]
    _kind, program, *words = service("redis")["healthcheck"]["test"]
    check = [program, "-p", port, *words]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            until(lambda: "PONG" in run(check).stdout, what="Redis is healthy")
        finally:
            server.terminate()


def test_postgresql_health_check_fails_without_a_server():
    _kind, _program, *words = service("postgres")["healthcheck"]["test"]
    address = ["-h", "127.0.0.1", "-p", str(free_port())]  # nothing listens there
    ended = run([find_program("pg_isready", "postgresql"), *words, *address])
    assert (ended.returncode, "no response" in ended.stdout) == (2, True)


def test_proxy_uses_our_nginx_configuration_with_its_domain(tmp_path):
    *_shell, script = service("proxy")["command"]
    prepare, start = script.split(" && exec ")
    prepared = prepare.replace("/etc/tertulia/", f"{ROOT}/deploy/").replace("/etc/nginx/conf.d/", f"{tmp_path}/")
    expect_success(["sh", "-c", prepared], environment=VARIABLES)
    configuration = (tmp_path / "tertulia.conf").read_text()
    assert "server_name chat.example.net;" in configuration
    assert "server web:8000 " in configuration
    assert "example.org" not in configuration
    assert start == 'nginx -g "daemon off;"'
