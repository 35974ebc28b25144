"""Incoming and outgoing webhooks: making, posting, signing, retrying."""

import hashlib
import hmac
import json
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from rooms.jobs.models import SingletonJob
from rooms.models import Room
from rooms.webhooks.models import Delivery
from tests.api_clients import refusal
from tests.people import sign_up, unique
from tests.waiting import until

pytestmark = pytest.mark.once("grown")

# The lease of a process that died lasts for another 15 s.
TIMEOUT_SECONDS = 40


@pytest.fixture
def ana(people, api_client):
    return api_client(people.ana)


@pytest.fixture
def room(ana):
    return ana.post("rooms", name=unique("Chess")).json()["id"]


def make_incoming(ana, room):
    return ana.post(f"rooms/{room}/hooks/incoming", name=unique("build.bot")).json()


def test_post_to_incoming_hook_writes_as_bot(ana, room, api_client):
    hook = make_incoming(ana, room)
    path = hook["url"].removeprefix(ana.server.url)
    body = {"text": "#1234 is built", "client_id": str(uuid.uuid4())}

    answers = [api_client(server=-1).call("POST", path, json=body) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 200]
    [message] = ana.get(f"rooms/{room}/messages").json()["messages"]
    assert (message["text"], message["author"]) == ("#1234 is built", hook["bot"])
    assert User.objects.get(pk=hook["bot"]["id"]).is_bot


def test_secret_is_returned_once(ana, room):
    secret = make_incoming(ana, room)["url"].rpartition("/")[2]
    [shown] = ana.get(f"rooms/{room}/hooks").json()["incoming"]
    assert secret not in str(shown) and "url" not in shown


def test_deleted_hook_is_refused(ana, room):
    hook = make_incoming(ana, room)
    assert ana.delete(f"rooms/{room}/hooks/incoming/{hook['id']}").status_code == 204
    gone = ana.call("POST", hook["url"].removeprefix(ana.server.url), json={"text": "x"})
    assert refusal(gone) == (404, "no_such_hook", None)
    assert refusal(ana.delete(f"rooms/{room}/hooks/incoming/{hook['id']}")) == (404, "no_such_hook", None)


def test_hooks_require_owner_or_staff(ana, room, people, api_client):
    bruno = api_client(people.bruno)
    assert refusal(bruno.get(f"rooms/{room}/hooks")) == (403, "not_your_room", None)
    assert refusal(bruno.post(f"rooms/{room}/hooks/incoming", name="x")) == (403, "not_your_room", None)
    assert refusal(bruno.post(f"rooms/{room}/hooks/outgoing", url="https://x")) == (403, "not_your_room", None)
    staff = api_client(sign_up("staff", is_staff=True))
    assert staff.get(f"rooms/{room}/hooks").status_code == 200


def test_bot_name_rules_and_hook_limit(ana, room):
    assert refusal(ana.post(f"rooms/{room}/hooks/incoming", name="admin")) == (400, "username_reserved", "name")
    for _ in range(10):
        assert "url" in make_incoming(ana, room)
    assert refusal(ana.post(f"rooms/{room}/hooks/incoming", name=unique("bot"))) == (409, "too_many_hooks", None)


def test_bot_cannot_sign_in(ana, room):
    name = make_incoming(ana, room)["bot"]["name"]
    answer = ana.post("tokens", name="x", username=name, password="")
    assert refusal(answer) == (401, "wrong_password", None)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/latest",
        "ftp://example.org/",
        "https://user:secret@example.org/",
        "https://exa mple.org/",
        "javascript:alert(1)",
        "http://",
        "http://example.org:99999/",
        "x",
    ],
)
def test_private_or_malformed_address_is_refused(people, settings, url):
    settings.HOOKS_TO_PRIVATE_ADDRESSES = False
    room = Room.create(people.ana.user, unique("Chess"))
    browser = Client()
    browser.force_login(people.ana.user)
    answer = browser.post(f"/api/v1/rooms/{room.pk}/hooks/outgoing", {"url": url}, "application/json")
    assert refusal(answer) == (400, "bad_address", "url")


def test_delivery_is_signed_and_sent_once(ana, room, people, api_client, receiver):
    bruno = api_client(people.bruno, server=-1)
    ana.post(f"rooms/{room}/messages", text="before")
    secret = ana.post(f"rooms/{room}/hooks/outgoing", url=receiver.url).json()["secret"]
    said = bruno.post(f"rooms/{room}/messages", text="hola").json()
    bruno.post(f"rooms/{room}/messages", text="adiós")

    until(lambda: len(receiver.received) >= 2, seconds=TIMEOUT_SECONDS, what="the receiver gets both")
    until(lambda: not waiting(room), what="both are settled")

    assert sorted(receiver.texts()) == ["adiós", "hola"]
    headers, body = next(told for told in receiver.received if b"hola" in told[1])
    assert json.loads(body)["message"] == {key: said[key] for key in json.loads(body)["message"]}
    at, signature = (part.partition("=")[2] for part in headers["X-Tertulia-Signature"].split(","))
    assert signature == hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def test_failed_delivery_is_retried(ana, room, receiver):
    hook = ana.post(f"rooms/{room}/hooks/outgoing", url=receiver.url).json()["id"]
    receiver.statuses = [500]
    ana.post(f"rooms/{room}/messages", text="try again")

    failed = Delivery.objects.filter(hook=hook, attempts=1)
    until(failed.exists, seconds=TIMEOUT_SECONDS, what="the failure is stored")
    delivery = failed.get()
    assert delivery.state == "waiting" and delivery.answer.startswith("500")
    assert delivery.next_at > timezone.now() + timedelta(seconds=1)
    failed.update(next_at=timezone.now())
    until(lambda: not waiting(room), seconds=TIMEOUT_SECONDS, what="it is delivered")
    assert receiver.texts() == ["try again"] * 2


def waiting(room):
    return Delivery.objects.filter(hook__room=room, state=Delivery.State.WAITING).exists()


def test_delivery_is_given_up_after_last_attempt(committed):
    delivery = Delivery(attempts=7)
    delivery.settle(False, "500 no\0")
    assert (delivery.state, delivery.answer) == ("given_up", "500 no")


@pytest.mark.both_footings
def test_lease_has_one_holder(committed):
    name, [one, other] = unique("duty"), [uuid.uuid4(), uuid.uuid4()]
    assert SingletonJob.acquire(name, one) and not SingletonJob.acquire(name, other) and SingletonJob.acquire(name, one)
    SingletonJob.objects.filter(name=name).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert SingletonJob.acquire(name, other) and not SingletonJob.acquire(name, one)


def test_staff_site_issues_bot_tokens_and_lists_hooks(people, ana, room, api_client):
    make_incoming(ana, room)
    browser = Client()
    browser.force_login(sign_up("root", is_staff=True, is_superuser=True).user)
    bot = User.objects.create_user(unique("bot"), is_bot=True)
    form = browser.get("/admin/accounts/token/add/").content.decode()
    assert bot.username in form and people.ana.name not in form
    wish = {"user": bot.pk, "name": "robot", "scope": "write"}
    made = browser.post("/admin/accounts/token/add/", wish, follow=True).content.decode()
    secret = made.partition('<code id="secret">')[2].partition("<")[0].strip()
    headers = {"Authorization": f"Bearer {secret}"}
    assert (
        api_client().call("POST", f"rooms/{room}/messages", json={"text": "beep"}, headers=headers).status_code == 201
    )
    refused = browser.post("/admin/accounts/token/add/", wish | {"user": people.ana.id})
    assert refused.status_code == 200 and not people.ana.user.tokens.filter(name="robot").exists()
    for page in ("rooms/incominghook", "rooms/outgoinghook", "rooms/delivery", "accounts/token"):
        assert browser.get(f"/admin/{page}/").status_code == 200
