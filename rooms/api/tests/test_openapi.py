"""The OpenAPI document tells the truth: whatever is sent, the answer is one that it names, and never a fault."""

import os
import subprocess
import sys

import pytest

from accounts.models import Attempt, Token
from tests.people import sign_up

pytestmark = pytest.mark.footing("grown")

# Of each call; more of them, and calls one after another, where there is time (`FAULTS=long`, as in `make soak`).
LONG = "--max-examples=100"
HOW = (
    [LONG, "--phases=examples,coverage,fuzzing,stateful"]
    if os.environ.get("FAULTS") == "long"
    else ["--max-examples=1", "--phases=coverage,fuzzing", "--no-shrink"]
)
# Sent as the document says, and refused all the same: rules that no schema tells, as that a name is taken.
UNTOLD = "positive_data_acceptance"


@pytest.fixture
def server(cluster):
    [server] = cluster(1, API_REQUEST_RATE=0, CHAT_MESSAGE_RATE=0)
    yield server
    Attempt.objects.all().delete()  # what was tried here must not slow down other tests


@pytest.mark.parametrize("with_token", [True, False], ids=["with a token", "without"])
def test_every_answer_is_one_that_the_document_names(server, tmp_path, with_token):
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/api/v1/openapi.json", "--no-color"]
    command += [*HOW, "--checks=all", f"--exclude-checks={UNTOLD}", "--generation-database=none"]
    if not with_token and LONG not in HOW:
        command += ["--phases=fuzzing"]  # hardly anything gets further than to be told to sign in
    if with_token:
        _token, secret = Token.issue(sign_up("ana").user, "test")
        command += ["--header", f"Authorization: Bearer {secret}"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=1800)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Tested: " in ran.stdout, ran.stdout
