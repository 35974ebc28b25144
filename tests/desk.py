"""A member of staff at the desk of a running server, by its pages as a browser has them."""

import re

import pytest
import requests

from tests.people import sign_up

PATIENCE_SECONDS = 20


class StaffDesk:
    """Acts of one member of staff: `desk.act("accounts/user", pk, "ban", reason="spam")`."""

    def __init__(self, server, person):
        self.server = server
        self._browser = requests.Session()
        self._browser.trust_env = False
        self._browser.headers["Cookie"] = person.cookie

    def act(self, model, pk, name, **answers):
        """Choose the act on the page of one thing and confirm it."""
        form = {"_selected_action": pk, "action": name, "confirmed": "1", "from_page": "1", **answers}
        return self.post(f"/admin/{model}/", **form)

    def post(self, path, **form):
        page = self._browser.get(f"{self.server.url}{path}", timeout=PATIENCE_SECONDS)
        [token] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[:1]
        cookie = f"{self._browser.headers['Cookie']}; csrf={page.cookies['csrf']}"
        answer = self._browser.post(
            page.url,
            {"csrfmiddlewaretoken": token, **form},
            headers={"Cookie": cookie, "Referer": page.url},
            allow_redirects=False,
            timeout=PATIENCE_SECONDS,
        )
        assert answer.status_code == 302, answer.text
        return answer

    def close(self):
        self._browser.close()


@pytest.fixture
def desk(site, people):
    """The desk of sara, of the staff and no owner, on the first server."""
    one = StaffDesk(site[0], sign_up("sara", is_staff=True))
    yield one
    one.close()
