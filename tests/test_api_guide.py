"""docs/api.md: every line of it, as a stranger with curl would type it, against the real server."""

import json
import re
import subprocess

import pytest

from accounts.models import Attempt
from common.errors import SENTENCES as COMMON
from rooms.protocol.errors import SENTENCES

from .people import unique
from .servers import ROOT

pytestmark = pytest.mark.once("grown")

PAGE = (ROOT / "docs" / "api.md").read_text()
LINES = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
MARK = "--- line"
# Names in the guide that a database which lives longer than one run of it must not have yet.
NAMES = ["dora.script", "emil.script", "The Script Club", "Second Room", "build.bot"]


@pytest.fixture(scope="module")
def fresh():
    return {name: unique(name)[:25] for name in NAMES}


@pytest.fixture
def session(committed, site, fresh):
    """The answer of each line, run one after another in one shell."""
    script = ["set -eu"]
    for number, line in enumerate(LINES):
        for name, replacement in fresh.items():
            line = line.replace(name, replacement)
        script += [line.replace("http://127.0.0.1:8000", site[-1].url), f"echo; echo '{MARK} {number}'"]
    ran = subprocess.run(["bash", "-c", "\n".join(script)], capture_output=True, text=True, timeout=60)
    Attempt.objects.all().delete()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return [answer.strip() for answer in re.split(rf"{MARK} \d+\n", ran.stdout)][:-1]


def test_every_line_of_the_guide_does_what_it_says(session, fresh):
    told = {line: answer for line, answer in zip(LINES, session, strict=True) if line.startswith("curl")}
    bare = {line: answer for line, answer in told.items() if "%{http_code}" in line}
    assert sorted(answer[-3:] for answer in bare.values()) == ["204", "204", "304"]
    answers = {line: json.loads(answer) for line, answer in told.items() if line not in bare}
    assert not [line for line, answer in answers.items() if "error" in answer or answer.get("ok") is False]

    [polled] = [answer for line, answer in answers.items() if "since=1" in line]
    assert [message["text"] for message in polled["messages"]] == ["Said once"] and not polled["reset"]
    [private] = [answer for line, answer in answers.items() if "messages?limit=10" in line]
    assert [message["text"] for message in private["messages"]] == ["Between us", "The same, another way"]
    assert {message["recipient"]["name"] for message in private["messages"]} == {fresh["emil.script"]}


@pytest.mark.parametrize("code", sorted(SENTENCES.keys() | COMMON.keys()))
def test_every_refusal_is_in_one_of_the_pages(code):
    pages = PAGE + (ROOT / "docs" / "protocol.md").read_text()
    assert f"`{code}`" in pages
