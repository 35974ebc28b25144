"""Nonsense in every frame and every form: answered with a code, never with a fault, and nobody ends by it."""

import asyncio
import json
import os
import time
from collections import Counter
from pathlib import Path

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Attempt, User
from rooms.models import Room
from tests.clients import ChatClient
from tests.people import sign_up, unique
from tests.waiting import let_pass

from . import nonsense

IS_LONG = os.environ.get("FAULTS") == "long"
SECONDS = float(os.environ.get("SECONDS", 1800))
EXAMPLES = 40
GROWTH_MB = 40
HOW = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
PERSON = ["username", "first_names", "last_names", "birth_date", "gender", "email", "language"]
PASSWORDS = ["password1", "password2", "old_password", "new_password1", "new_password2", "usable_password"]
ACT = ["action", "_selected_action", "confirmed", "reason", "until", "index", "select_across", "from_page"]
# By whom, where, and what may be written there.
FORMS = [
    ("stranger", "/accounts/sign-in/", ["username", "password", "next"]),
    ("stranger", "/accounts/sign-up/", [*PERSON, *PASSWORDS, "invitation", "next"]),
    ("stranger", "/accounts/password/x/y/", PASSWORDS),
    ("ana", "/accounts/profile/", PERSON),
    ("ana", "/accounts/password/", PASSWORDS),
    ("ana", "/accounts/profile/delete/", ["password", "x"]),
    ("ana", "/accounts/theme/", ["theme", "next"]),
    ("ana", "/accounts/i18n/setlang/", ["language", "next"]),
    ("ana", "/accounts/tokens/", ["name", "scope"]),
    ("ana", "/accounts/sessions/x/end/", ["x"]),
    ("ana", "/accounts/tokens/1/revoke/", ["x"]),
    ("ana", "/rooms/{room}/level/", ["level"]),
    ("sara", "/admin/accounts/user/add/", [*PERSON, *PASSWORDS, "is_staff", "is_bot"]),
    ("sara", "/admin/accounts/user/{carla}/change/", [*PERSON, "is_active", "is_bot"]),
    ("sara", "/admin/accounts/user/{carla}/password/", PASSWORDS),
    ("sara", "/admin/accounts/token/add/", ["user", "name", "scope"]),
    ("sara", "/admin/accounts/invitation/add/", ["note", "uses", "expires_at_0", "expires_at_1"]),
    ("sara", "/admin/rooms/room/{room}/change/", ["name", "permanent"]),
    ("sara", "/admin/rooms/announcement/add/", ["text"]),
    *(("sara", f"/admin/{model}/", ACT) for model in ("accounts/user", "rooms/room", "rooms/message", "rooms/report")),
]


@pytest.fixture
def server(cluster, people):
    [server] = cluster(1, CHAT_MESSAGE_RATE=0, CHAT_FRAME_RATE=0, API_REQUEST_RATE=0)
    yield server
    assert server.process.poll() is None
    Attempt.objects.all().delete()  # what was tried here must not slow down other tests


@pytest.fixture
def browser(server, people):
    """`post(who, path, form)`, with a CSRF token as a page would have it."""
    keys = {"carla": people.carla.id, "room": Room.create(people.ana.user, unique("room")).pk}
    who = {"ana": people.ana, "sara": sign_up("sara", is_staff=True), "stranger": None}
    with requests.Session() as session:
        session.trust_env = False
        token = session.get(f"{server.url}/accounts/sign-in/", timeout=20).cookies["csrf"]

        def post(name, path, form):
            cookie = f"csrf={token}" + (f"; {who[name].cookie}" if who[name] else "")
            form = {key: value.encode(errors="surrogatepass") for key, value in form.items()}
            session.cookies.clear()
            return session.post(
                server.url + path.format(**keys),
                {"csrfmiddlewaretoken": token, **form},
                headers={"Cookie": cookie},
                allow_redirects=False,
                timeout=30,
            )

        yield post


def fill_in(post, name, path, form):
    answer = post(name, path, form)
    assert answer.status_code < 500, (path, form)
    if answer.status_code == 429:
        Attempt.objects.all().delete()
    return answer.status_code


@pytest.mark.footing("embedded")
def test_every_form_bears_nonsense(browser):
    @HOW
    @given(st.sampled_from(FORMS).flatmap(lambda form: st.tuples(st.just(form), nonsense.forms_of(form[2]))))
    def fill(example):
        (name, path, _fields), form = example
        fill_in(browser, name, path, form)

    fill()


async def say(client, text):
    """Send it and have a ping answered; false where the server has closed the line, by a code that it documents."""
    try:
        # Half a character is no UTF-8 either: the line may end by 1007.
        await client.socket.send(text.encode(errors="surrogatepass"), text=True)
        await client.settle()
    except Exception:
        code = await client.wait_closed()
        assert code in (1000, 1007, 4001, 4003, 4008, 4014, 4029), (code, text[:500])
        return False
    return True


@pytest.mark.footing("embedded")
@pytest.mark.asyncio(loop_scope="session")
async def test_every_frame_bears_nonsense(server, people):
    texts = []

    @HOW
    @given(nonsense.frames_of_clients() | nonsense.raw)
    def collect(told):
        texts.append(told if isinstance(told, str) else json.dumps(told))

    await asyncio.to_thread(collect)
    await talk(server, people, texts)


async def talk(server, people, texts):
    async with ChatClient(server, people.bruno) as witness:
        await witness.expect("hello")
        while texts:
            async with ChatClient(server, people.ana) as ana:
                await ana.expect("hello")
                while texts and await say(ana, texts.pop()):
                    pass
        await witness.settle()


def memory_mb(server):
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


@pytest.mark.long
@pytest.mark.asyncio(loop_scope="session")
async def test_for_a_long_time(server, people, browser):
    """As above, again and again with other nonsense; in the end the server is no larger than after a warm-up."""
    began, grown, codes, frames = time.monotonic(), [], Counter(), 0
    while time.monotonic() - began < SECONDS:
        texts = await asyncio.to_thread(drawn, nonsense.frames_of_clients() | nonsense.raw)
        frames += len(texts)
        await talk(server, people, [one if isinstance(one, str) else json.dumps(one) for one in texts])
        codes.update(await asyncio.to_thread(fill_all, browser))
        await let_pass(0)
        grown.append(memory_mb(server))
    warm = grown[len(grown) // 5]
    print(f"{frames} frames, {sum(codes.values())} forms: {dict(codes)}")
    print(f"{warm:.0f} MB when it was warm, {grown[-1]:.0f} MB in the end")
    assert grown[-1] - warm < GROWTH_MB, grown
    assert await User.objects.filter(pk=people.ana.id).aexists()


def drawn(strategy):
    found = []

    @settings(HOW, max_examples=300)
    @given(strategy)
    def collect(one):
        found.append(one)

    collect()
    return found


def fill_all(browser):
    codes = Counter()
    for name, path, fields in FORMS:
        for form in drawn(nonsense.forms_of(fields))[:20]:
            codes[fill_in(browser, name, path, form)] += 1
    return codes
