"""Staff who use the pages of the staff site."""

import re
import uuid

import pytest
import requests
from django.test import Client

from rooms.log.batch import write
from rooms.log.drafts import Draft
from rooms.models import Membership, Message

from .people import sign_up

TIMEOUT_SECONDS = 20


class StaffBrowser:
    """A browser of a staff member: `staff_browser.run_action("accounts/user", pk, "ban", reason="spam")`."""

    def __init__(self, server, person):
        self.server = server
        self.person = person
        self._browser = requests.Session()
        self._browser.trust_env = False
        self._browser.headers["Cookie"] = person.cookie

    def run_action(self, model, pk, name, **answers):
        """Choose an action on the page of one object and confirm it."""
        form = {"_selected_action": pk, "action": name, "confirmed": "1", "from_page": "1", **answers}
        return self.post(f"/admin/{model}/", **form)

    def post(self, path, **form):
        page = self._browser.get(f"{self.server.url}{path}", timeout=TIMEOUT_SECONDS)
        [token] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[:1]
        cookie = f"{self._browser.headers['Cookie']}; csrf={page.cookies['csrf']}"
        answer = self._browser.post(
            page.url,
            {"csrfmiddlewaretoken": token, **form},
            headers={"Cookie": cookie, "Referer": page.url},
            allow_redirects=False,
            timeout=TIMEOUT_SECONDS,
        )
        assert answer.status_code == 302, answer.text
        return answer

    def close(self):
        self._browser.close()


def sign_in_staff(**rights):
    """Return a test client signed in as a new staff member, who is its `person`."""
    client = Client()
    client.person = sign_up("sara", is_staff=True, **rights).user
    client.force_login(client.person)
    return client


def run_action(client, model, one, name, **answers):
    """Choose an action in a list and confirm it."""
    form = {"_selected_action": one.pk, "action": name, "confirmed": "1", **answers}
    return client.post(f"/admin/{model}/", form)


def write_message(user, room, text):
    """Write a message to the database and return it."""
    Membership.objects.get_or_create(room=room, user=user)
    [saved] = write([Draft(user.pk, room.pk, uuid.uuid4(), text)])
    return Message.objects.get(room=room, seq=saved.message.seq)


@pytest.fixture
def staff_browser(site, people):
    """The browser of sara, a staff member but no site owner, on the first server."""
    one = StaffBrowser(site[0], sign_up("sara", is_staff=True))
    yield one
    one.close()
