"""Clients of the REST API (docs/api.md) of a running site."""

import pytest
import requests

from accounts.models import Token

TIMEOUT_SECONDS = 20


class ApiClient:
    """REST calls by a token of one user, such as `client.post("rooms", name="Chess")`; without a user, anonymous."""

    def __init__(self, server, person=None, scope="write"):
        self.server = server
        self.token, self.secret = Token.issue(person.user, "test", scope) if person else (None, None)
        self._session = requests.Session()
        self._session.trust_env = False
        self.headers = {"Authorization": f"Bearer {self.secret}"} if person else {}

    def call(self, method, path, *, headers=None, **options):
        """Return the response of `path`, relative to /api/v1/ or absolute."""
        url = self.server.url + (path if path.startswith("/") else f"/api/v1/{path}")
        headers = self.headers | (headers or {})
        return self._session.request(method, url, headers=headers, timeout=TIMEOUT_SECONDS, **options)

    def get(self, path, **query):
        return self.call("GET", path, params=query)

    def post(self, path, **body):
        return self.call("POST", path, json=body)

    def delete(self, path):
        return self.call("DELETE", path)

    def close(self):
        self._session.close()


@pytest.fixture
def api_client(site):
    """Factory of clients: `api_client(people.ana)`, anonymous `api_client()`; `server=-1` is the last process."""
    made = []

    def make(person=None, *, server=0, scope="write"):
        made.append(ApiClient(site[server], person, scope))
        return made[-1]

    yield make
    for one in made:
        one.close()


def refusal(answer):
    """Return status, code and field of an error response, after a check of its shape."""
    [(key, error)] = answer.json().items()
    assert key == "error" and error.keys() <= {"code", "message", "field"} and error["message"]
    return answer.status_code, error["code"], error.get("field")
