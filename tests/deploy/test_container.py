"""The Dockerfile and the compose file: no engine runs here, so what they say is checked, and what they run is run."""

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
GIVEN = {"DOMAIN": "chat.example.net", "SECRET_KEY": "k" * 50, "POSTGRES_PASSWORD": "secret"}
VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?::([-?])([^}]*))?\})")
BIN = Path(sys.executable).parent


def filled_in(text, given):
    """As compose fills in `${NAME}`, `${NAME:-default}` and `${NAME:?what is missing}`."""

    def value(found):
        dollar, name, kind, words = found.groups()
        if kind == "?" and not given.get(name):
            raise LookupError(words)
        return "$" if dollar else given.get(name) or (words if kind == "-" else "")

    return VARIABLE.sub(value, text)


def compose(given=GIVEN):
    return yaml.safe_load(filled_in((ROOT / "docker-compose.yml").read_text(), given))


def service(name):
    return compose()["services"][name]


def words_of(instruction):
    """The words of the Dockerfile's last `CMD […]` or `HEALTHCHECK … CMD […]`."""
    return ast.literal_eval(re.findall(rf"^{instruction}.*?(\[.*\])$", DOCKERFILE, re.M)[-1])


def run(words, **options):
    environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"} | options.pop("environment", {})
    return subprocess.run(words, cwd=ROOT, env=environment, text=True, capture_output=True, timeout=60, **options)


def expect_success(words, **options):
    ended = run(words, **options)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_dockerfile_has_nothing_to_lint():
    expect_success([BIN / "hadolint", "--failure-threshold", "style", ROOT / "Dockerfile"])


def test_the_compose_file_is_one():
    found = PyCompose.from_yaml(yaml.safe_dump(compose()))
    found.validate()
    assert set(found.to_spec().services) == {"migrate", "web", "proxy", "postgres", "redis"}


@pytest.mark.parametrize("name", GIVEN)
def test_what_has_no_default_is_asked_for_in_words(name):
    with pytest.raises(LookupError, match=f"Put {name}="):
        compose({**GIVEN, name: ""})


@pytest.mark.parametrize("name", ["web", "migrate"])
def test_the_site_runs_as_nobody_special_and_writes_nowhere(name):
    assert service(name)["read_only"] is True
    assert service(name)["cap_drop"] == ["ALL"]
    assert re.search(r"^USER [1-9]\d*$", DOCKERFILE, re.M)


def test_what_is_copied_into_the_image_lacks_nothing_that_git_has_of_the_program():
    left_out = (ROOT / ".dockerignore").read_text().split()
    assert not {"accounts", "chatsite", "rooms", "static", "templates", "manage.py", "requirements.txt"} & {*left_out}
    assert {".env", ".git", "var"} <= {*left_out}


def test_building_collects_the_static_files(tmp_path):
    [command] = re.findall(r"SECRET_KEY=build.*?(?=&&)", DOCKERFILE)
    settings = {"DJANGO_SETTINGS_MODULE": "tests.settings", "TEST_STATIC_ROOT": str(tmp_path)}
    # Not really: all tests of a run have collected them once already, and that is long enough.
    expect_success(["sh", "-c", f"{command} --dry-run"], environment=settings)


def test_the_image_migrates_and_serves_and_its_health_check_sees_it(committed, tmp_path):
    """`migrate`, then `CMD`, then `HEALTHCHECK`, then the end, all as written but for the port."""
    port = str(free_port())
    settings = {"DATABASE_URL": database_url()}
    environment = os.environ | settings | {"PATH": f"{BIN}:{os.environ['PATH']}"}
    health = [word.replace("8000", port) for word in words_of("HEALTHCHECK")]
    assert run(health).returncode != 0
    expect_success(service("migrate")["command"], environment=settings)
    command = ["127.0.0.1" if word == "0.0.0.0" else word.replace("8000", port) for word in words_of("CMD")]
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log) as server,
    ):
        try:
            until(lambda: run(health).returncode == 0, seconds=30, what="it is healthy")
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=10) == 0


def test_redis_starts_and_is_found_healthy(tmp_path):
    port = str(free_port())
    command = [*service("redis")["command"], "--port", port, "--dir", str(tmp_path)]
    _kind, program, *words = service("redis")["healthcheck"]["test"]
    check = [program, "-p", port, *words]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            until(lambda: "PONG" in run(check).stdout, what="Redis is healthy")
        finally:
            server.terminate()


def test_postgresqls_health_check_asks():
    _kind, _program, *words = service("postgres")["healthcheck"]["test"]
    place = ["-h", "127.0.0.1", "-p", str(free_port())]  # where nobody listens
    ended = run([find_program("pg_isready", "postgresql"), *words, *place])
    assert (ended.returncode, "no response" in ended.stdout) == (2, True)


def test_the_proxy_gets_the_shipped_configuration_under_its_own_name(tmp_path):
    *_shell, script = service("proxy")["command"]
    making, running = script.split(" && exec ")
    made = making.replace("/etc/tertulia/", f"{ROOT}/deploy/").replace("/etc/nginx/conf.d/", f"{tmp_path}/")
    expect_success(["sh", "-c", made], environment=GIVEN)
    configuration = (tmp_path / "tertulia.conf").read_text()
    assert "server_name chat.example.net;" in configuration
    assert "server web:8000 " in configuration
    assert "example.org" not in configuration
    assert running == 'nginx -g "daemon off;"'
