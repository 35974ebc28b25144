"""A member of staff at the desk of a running server, by its pages as a browser has them."""

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
    """Acts of one member of staff: `staff_browser.run_action("accounts/user", pk, "ban", reason="spam")`."""

    def __init__(self, server, person):
        self.server = server
        self.person = person
        self._browser = requests.Session()
        self._browser.trust_env = False
        self._browser.headers["Cookie"] = person.cookie

    def run_action(self, model, pk, name, **answers):
        """Choose the act on the page of one thing and confirm it."""
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
    """The browser of a new member of staff; `person` is who that is."""
    client = Client()
    client.person = sign_up("sara", is_staff=True, **rights).user
    client.force_login(client.person)
    return client


def run_action(client, model, one, name, **answers):
    """Choose an act in a list, and confirm it."""
    form = {"_selected_action": one.pk, "action": name, "confirmed": "1", **answers}
    return client.post(f"/admin/{model}/", form)


def write_message(user, room, text):
    """What the user says there, in the database."""
    Membership.objects.get_or_create(room=room, user=user)
    [saved] = write([Draft(user.pk, room.pk, uuid.uuid4(), text)])
    return Message.objects.get(room=room, seq=saved.message.seq)


@pytest.fixture
def staff_browser(site, people):
    """The desk of sara, of the staff and no owner, on the first server."""
    one = StaffBrowser(site[0], sign_up("sara", is_staff=True))
    yield one
    one.close()
