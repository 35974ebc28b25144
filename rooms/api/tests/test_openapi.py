"""The OpenAPI document covers every response to generated requests, and none is a server error."""

import json
import os
import re
import subprocess
import sys

import pytest

from accounts.models import Attempt, Token
from chatsite.urls import api
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

# Public names, from which clients are generated: `operationId`, method and path of each call, and the schemas.
OPERATIONS = """
    accounts_api_list_tokens GET /api/v1/tokens
    accounts_api_make_token POST /api/v1/tokens
    accounts_api_revoke_token DELETE /api/v1/tokens/{token_id}
    accounts_api_sign_up POST /api/v1/users
    rooms_api_commands_run_command POST /api/v1/commands
    rooms_api_hooks_close_way_in DELETE /api/v1/rooms/{room_id}/hooks/incoming/{hook_id}
    rooms_api_hooks_close_way_out DELETE /api/v1/rooms/{room_id}/hooks/outgoing/{hook_id}
    rooms_api_hooks_come_in POST /api/v1/hooks/{secret}
    rooms_api_hooks_hooks GET /api/v1/rooms/{room_id}/hooks
    rooms_api_hooks_open_way_in POST /api/v1/rooms/{room_id}/hooks/incoming
    rooms_api_hooks_open_way_out POST /api/v1/rooms/{room_id}/hooks/outgoing
    rooms_api_messages_messages GET /api/v1/rooms/{room_id}/messages
    rooms_api_messages_say_in_room POST /api/v1/rooms/{room_id}/messages
    rooms_api_moderation_banned GET /api/v1/rooms/{room_id}/banned
    rooms_api_moderation_block PUT /api/v1/blocks/{user_id}
    rooms_api_moderation_list_blocked GET /api/v1/blocks
    rooms_api_moderation_moderate POST /api/v1/rooms/{room_id}/moderation
    rooms_api_moderation_report POST /api/v1/rooms/{room_id}/messages/{seq}/report
    rooms_api_moderation_slow PUT /api/v1/rooms/{room_id}/slow
    rooms_api_moderation_unblock DELETE /api/v1/blocks/{user_id}
    rooms_api_rooms_create_room POST /api/v1/rooms
    rooms_api_rooms_delete_room DELETE /api/v1/rooms/{room_id}
    rooms_api_rooms_one_room GET /api/v1/rooms/{room_id}
    rooms_api_rooms_rooms GET /api/v1/rooms
    rooms_api_site_time GET /api/v1/time
    rooms_api_site_version GET /api/v1/version
    rooms_api_users_list_users GET /api/v1/users
    rooms_api_users_messages_of_user GET /api/v1/users/{user_id}/messages
    rooms_api_users_one_user GET /api/v1/users/{user_id}
    rooms_api_users_private GET /api/v1/messages
    rooms_api_users_write_private POST /api/v1/messages
    rooms_api_users_write_to_user POST /api/v1/users/{user_id}/messages
"""
SCHEMAS = """
    Act BlockList Bot CommandLine Fault Hooks KeptOut KeptOutList Log Message NewRoom NewToken NewUser NewWayIn
    NewWayOut Pace Page Part Person Place PrivateLog PrivateMessage PrivatePage PrivateSaid PrivateSaying
    Receiver Refused Removed Reply RoomCard RoomList Said Saying Time TokenCard TokenList TokenWish UserCard
    UserList Version WayIn WayOut Why
"""


@pytest.mark.footing("embedded")
def test_operation_ids_and_schema_names_are_stable():
    document = api.get_openapi_schema()
    operations = [
        f"{operation['operationId']} {method.upper()} {path}"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    assert sorted(operations) == [line.strip() for line in OPERATIONS.strip().splitlines()]
    assert sorted(document["components"]["schemas"]) == SCHEMAS.split()
    assert sorted(document["components"]["securitySchemes"]) == ["BearerToken", "OwnSession"]


@pytest.mark.footing("embedded")
def test_every_schema_reference_exists():
    document = api.get_openapi_schema()
    references = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert references
    assert references <= set(document["components"]["schemas"])


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
