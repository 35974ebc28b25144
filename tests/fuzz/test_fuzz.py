"""Malformed input in every frame and form: answered with a code, never with an error, and without leaks."""

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

from . import strategies

SECONDS = float(os.environ.get("SECONDS", 1800))
EXAMPLES = 40
GROWTH_MB = 40
SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
PROFILE = ["username", "first_names", "last_names", "birth_date", "gender", "email", "language"]
PASSWORDS = ["password1", "password2", "old_password", "new_password1", "new_password2", "usable_password"]
OBJECT_ACTION = ["action", "_selected_action", "confirmed", "reason", "until", "index", "select_across", "from_page"]
# User, path, fields.
FORMS = [
    ("stranger", "/accounts/sign-in/", ["username", "password", "next"]),
    ("stranger", "/accounts/sign-up/", [*PROFILE, *PASSWORDS, "invitation", "next"]),
    ("stranger", "/accounts/password/x/y/", PASSWORDS),
    ("ana", "/accounts/profile/", PROFILE),
    ("ana", "/accounts/password/", PASSWORDS),
    ("ana", "/accounts/profile/delete/", ["password", "x"]),
    ("ana", "/accounts/theme/", ["theme", "next"]),
    ("ana", "/accounts/i18n/setlang/", ["language", "next"]),
    ("ana", "/accounts/tokens/", ["name", "scope"]),
    ("ana", "/accounts/sessions/x/end/", ["x"]),
    ("ana", "/accounts/tokens/1/revoke/", ["x"]),
    ("ana", "/rooms/{room}/level/", ["level"]),
    ("sara", "/admin/accounts/user/add/", [*PROFILE, *PASSWORDS, "is_staff", "is_bot"]),
    ("sara", "/admin/accounts/user/{carla}/change/", [*PROFILE, "is_active", "is_bot"]),
    ("sara", "/admin/accounts/user/{carla}/password/", PASSWORDS),
    ("sara", "/admin/accounts/token/add/", ["user", "name", "scope"]),
    ("sara", "/admin/accounts/invitation/add/", ["note", "uses", "expires_at_0", "expires_at_1"]),
    ("sara", "/admin/rooms/room/{room}/change/", ["name", "permanent"]),
    ("sara", "/admin/rooms/announcement/add/", ["text"]),
    *(
        ("sara", f"/admin/{model}/", OBJECT_ACTION)
        for model in ("accounts/user", "rooms/room", "rooms/message", "rooms/report")
    ),
]


@pytest.fixture
def server(cluster, people):
    [server] = cluster(1, CHAT_MESSAGE_RATE=0, CHAT_FRAME_RATE=0, API_REQUEST_RATE=0)
    yield server
    assert server.process.poll() is None
    Attempt.objects.all().delete()  # or failed sign-ins would throttle other tests


@pytest.fixture
def browser(server, people):
    """`post(user, path, form)` with a CSRF token, as a page sends it."""
    ids = {"carla": people.carla.id, "room": Room.create(people.ana.user, unique("room")).pk}
    users = {"ana": people.ana, "sara": sign_up("sara", is_staff=True), "stranger": None}
    with requests.Session() as session:
        session.trust_env = False
        token = session.get(f"{server.url}/accounts/sign-in/", timeout=20).cookies["csrf"]

        def post(name, path, form):
            cookie = f"csrf={token}" + (f"; {users[name].cookie}" if users[name] else "")
            form = {key: value.encode(errors="surrogatepass") for key, value in form.items()}
            session.cookies.clear()
            return session.post(
                server.url + path.format(**ids),
                {"csrfmiddlewaretoken": token, **form},
                headers={"Cookie": cookie},
                allow_redirects=False,
                timeout=30,
            )

        yield post


def submit(post, name, path, form):
    answer = post(name, path, form)
    assert answer.status_code < 500, (path, form)
    if answer.status_code == 429:
        Attempt.objects.all().delete()
    return answer.status_code


@pytest.mark.footing("embedded")
def test_every_form_survives_malformed_input(browser):
    @SETTINGS
    @given(st.sampled_from(FORMS).flatmap(lambda form: st.tuples(st.just(form), strategies.forms_of(form[2]))))
    def submit_example(example):
        (name, path, _fields), form = example
        submit(browser, name, path, form)

    submit_example()


async def send(client, text):
    """Send a frame and await a pong; False if the server closed the connection, which must be by a documented code."""
    try:
        # A lone surrogate is invalid UTF-8: the connection may be closed with 1007.
        await client.socket.send(text.encode(errors="surrogatepass"), text=True)
        await client.settle()
    except Exception:
        code = await client.wait_closed()
        assert code in (1000, 1007, 4001, 4003, 4008, 4014, 4029), (code, text[:500])
        return False
    return True


@pytest.mark.footing("embedded")
@pytest.mark.asyncio(loop_scope="session")
async def test_every_frame_survives_malformed_input(server, people):
    texts = []

    @SETTINGS
    @given(strategies.client_frames() | strategies.raw)
    def collect(frame):
        texts.append(frame if isinstance(frame, str) else json.dumps(frame))

    await asyncio.to_thread(collect)
    await send_all(server, people, texts)


async def send_all(server, people, texts):
    async with ChatClient(server, people.bruno) as witness:
        await witness.expect("hello")
        while texts:
            async with ChatClient(server, people.ana) as ana:
                await ana.expect("hello")
                while texts and await send(ana, texts.pop()):
                    pass
        await witness.settle()


def memory_mb(server):
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


@pytest.mark.long
@pytest.mark.asyncio(loop_scope="session")
async def test_long_fuzzing_leaks_no_memory(server, people, browser):
    """Repeats both tests with new input; memory must not grow after a warm-up."""
    began, memory, codes, frames = time.monotonic(), [], Counter(), 0
    while time.monotonic() - began < SECONDS:
        texts = await asyncio.to_thread(examples_of, strategies.client_frames() | strategies.raw)
        frames += len(texts)
        await send_all(server, people, [one if isinstance(one, str) else json.dumps(one) for one in texts])
        codes.update(await asyncio.to_thread(submit_all, browser))
        await let_pass(0)
        memory.append(memory_mb(server))
    warm = memory[len(memory) // 5]
    print(f"{frames} frames, {sum(codes.values())} forms: {dict(codes)}")
    print(f"{warm:.0f} MB when it was warm, {memory[-1]:.0f} MB in the end")
    assert memory[-1] - warm < GROWTH_MB, memory
    assert await User.objects.filter(pk=people.ana.id).aexists()


def examples_of(strategy):
    found = []

    @settings(SETTINGS, max_examples=300)
    @given(strategy)
    def collect(one):
        found.append(one)

    collect()
    return found


def submit_all(browser):
    codes = Counter()
    for name, path, fields in FORMS:
        for form in examples_of(strategies.forms_of(fields))[:20]:
            codes[submit(browser, name, path, form)] += 1
    return codes
