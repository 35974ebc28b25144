"""The systemd unit."""

import re
import shlex
import subprocess

import pytest

from tests.servers import ROOT
from tests.services import find_program

pytestmark = pytest.mark.footing("embedded")

UNIT = (ROOT / "deploy/tertulia.service").read_text()


def test_systemd_analyze_finds_no_problem(tmp_path):
    unit = tmp_path / "tertulia.service"
    unit.write_text(UNIT.replace("/srv/tertulia/.venv/bin/python", "/usr/bin/python3"))
    words = [find_program("systemd-analyze", "systemd"), "verify", "--man=no", unit]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=60)
    problems = [line for line in ended.stderr.splitlines() if "tertulia" in line]
    assert (ended.returncode, problems) == (0, [])


def test_unit_and_image_start_the_server_with_the_same_options():
    [command] = re.findall(r"^ExecStart=(.*)$", UNIT, re.M)
    program, *words = shlex.split(command)
    image = (ROOT / "Dockerfile").read_text().splitlines()[-1]
    assert program == "/srv/tertulia/.venv/bin/python"
    assert words[:2] == ["manage.py", "serve"]
    assert {word for word in words if word.startswith("--")} == set(re.findall(r"--\w+", image))
