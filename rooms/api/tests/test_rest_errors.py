"""Errors over REST: invalid requests get a code in one schema, never a server error."""

import pytest

from tests.api_clients import ApiClient, refusal

pytestmark = pytest.mark.once("grown")


@pytest.fixture
def ana(people, api_client):
    return api_client(people.ana)


JSON = {"Content-Type": "application/json"}
BROKEN = [
    b"",
    b"null",
    b"[]",
    b'"x"',
    b"1",
    b"{",
    b"not json",
    b"[" * 100_000,
    b'{"name": NaN}',
    b'{"name": Infinity}',
    b'{"name": ' + b"9" * 5000 + b"}",
    b'{"name": "half \\ud800 a pair"}',
    b'{"name": "\xff\xfe"}',
    b'{"name": null}',
    b'{"name": 5}',
    b'{"name": ["x"]}',
    b'{"name": "x", "extra": 1}',
    b'{"Name": "x"}',
    b"{}",
]


@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
def test_malformed_body_is_refused_with_a_code(ana, body):
    status, code, _field = refusal(ana.call("POST", "rooms", data=body, headers=JSON))
    assert (status, code) == (400, "bad_request")


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "json"])
def test_other_content_types_are_refused(ana, kind):
    answer = ana.call("POST", "rooms", data=b'{"name": "x"}', headers={"Content-Type": kind})
    assert refusal(answer) == (415, "unsupported_media_type", None)


def test_refusal_names_the_field(ana):
    assert refusal(ana.post("messages", recipient_id=True, text="x"))[2] == "recipient_id"
    assert refusal(ana.post("messages", recipient_id=1.0, text="x"))[2] == "recipient_id"
    assert refusal(ana.post("messages", recipient_id="1e3", text="x"))[2] == "recipient_id"
    assert refusal(ana.post("rooms/1/messages", text="x", client_id="7"))[2] == "client_id"
    assert refusal(ana.get("rooms/1/messages", limit=101))[2] == "limit"
    assert refusal(ana.get("rooms/1/messages", before=1, after=1)) == (400, "bad_request", "around")


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "x", "%00", "9" * 30, str(2**63), "１", "0x1", "1 ", "..%2f1"])
@pytest.mark.parametrize("path", ["users/{}", "rooms/{}", "rooms/{}/messages", "users/{}/messages"])
@pytest.mark.both_footings
def test_unknown_and_malformed_ids_are_refused(ana, path, number):
    status, code, _field = refusal(ana.get(path.format(number)))
    assert (status, code) in [
        (400, "bad_request"),
        (404, "no_such_room"),
        (404, "no_such_user"),
        (404, "no_such_address"),
    ]


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/v1", "/api/v1/", "/api/v1/v1/users", "/api/nothing", "/api/v1/users/"]
)
def test_unknown_path_is_not_found(ana, path):
    answer = ana.call("GET", path)
    assert answer.status_code == 404 and (path == "/api" or refusal(answer)[1] == "no_such_address")


def test_refused_method_lists_the_allowed_ones(ana):
    answer = ana.call("PUT", "rooms", json={})
    assert refusal(answer) == (405, "method_not_allowed", None)
    assert set(answer.headers["Allow"].replace(" ", "").split(",")) == {"GET", "POST"}


def test_unknown_host_is_refused(ana):
    assert refusal(ana.call("GET", "version", headers={"Host": "elsewhere.example"})) == (400, "bad_request", None)


def test_missing_token_is_refused(api_client):
    answer = api_client().get("rooms")
    assert refusal(answer) == (401, "not_signed_in", None) and answer.headers["WWW-Authenticate"] == "Bearer"


def test_refusals_are_in_the_users_language(ana, api_client):
    spanish = api_client().call("GET", "rooms", headers={"Accept-Language": "es"})
    assert spanish.json()["error"]["message"] == "Inicia sesión antes, o envía un token."
    user = ana.token.user
    user.language = "es"
    user.save()
    assert ana.get("users/0").json()["error"]["message"] == "No existe ese usuario."
    assert "sala" in ana.post("commands", text="#lR").json()["text"].splitlines()[0]


def test_unversioned_paths_answer_like_versioned_ones(ana):
    assert ana.call("GET", "/api/users").json() == ana.get("users").json()
    assert ana.call("POST", "/api/messages", json={"recipient_id": 0, "text": "x"}).json() == refused_recipient(ana)
    assert ana.call("GET", "/api/version").json() == ana.get("version").json()


def refused_recipient(ana):
    return ana.post("messages", recipient_id=0, text="x").json()


def test_requests_are_throttled(cluster, people):
    [server] = cluster(1, API_REQUEST_RATE=0.1, API_REQUEST_BURST=5)
    stranger = ApiClient(server)
    answers = [stranger.get("version") for _ in range(8)]
    assert [answer.status_code for answer in answers[:5]] == [200] * 5
    assert refusal(answers[-1]) == (429, "slow_down", None) and 0 < int(answers[-1].headers["Retry-After"]) <= 10


def test_responses_have_security_headers_and_are_not_cached(ana):
    for answer in (ana.get("rooms"), ana.get("nothing"), ana.call("PUT", "rooms")):
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
