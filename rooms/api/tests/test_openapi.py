"""The OpenAPI document covers every response to generated requests, and none is a server error."""

import os
import subprocess
import sys

import pytest

from accounts.models import Attempt, Token
from tests.people import sign_up

pytestmark = pytest.mark.footing("grown")

# Examples for each operation; more, and sequences of operations, with `FAULTS=long` (`make soak`).
LONG = "--max-examples=100"
HOW = (
    [LONG, "--phases=examples,coverage,fuzzing,stateful"]
    if os.environ.get("FAULTS") == "long"
    else ["--max-examples=1", "--phases=coverage,fuzzing", "--no-shrink"]
)
# Requests that match their schema can be refused by rules no schema expresses: a name is taken.
UNCHECKED = "positive_data_acceptance"


@pytest.fixture
def server(cluster):
    [server] = cluster(1, API_REQUEST_RATE=0, CHAT_MESSAGE_RATE=0)
    yield server
    Attempt.objects.all().delete()  # or the failed sign-ins throttle other tests


@pytest.mark.parametrize("with_token", [True, False], ids=["with a token", "without"])
def test_every_response_is_documented(server, tmp_path, with_token):
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/api/v1/openapi.json", "--no-color"]
    command += [*HOW, "--checks=all", f"--exclude-checks={UNCHECKED}", "--generation-database=none"]
    if not with_token and LONG not in HOW:
        command += ["--phases=fuzzing"]  # nearly every response is 401
    if with_token:
        _token, secret = Token.issue(sign_up("ana").user, "test")
        command += ["--header", f"Authorization: Bearer {secret}"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=1800)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Tested: " in ran.stdout, ran.stdout
