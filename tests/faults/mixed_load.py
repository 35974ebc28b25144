"""Mixed load: users who connect and disconnect, open pages, search, send private messages and fail to sign in."""

import asyncio
import contextlib
import itertools
from collections import Counter
from collections.abc import AsyncIterator

import requests
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from tests.clients import ChatClient
from tests.streams import Refused
from tests.waiting import let_pass

from .site_under_test import SiteUnderTest

TIMEOUT_SECONDS = 30
PAUSE_SECONDS = 0.5
PAGES = [
    "/rooms/", "/rooms/{room}/", "/users/", "/users/?q=crowd", "/accounts/profile/", "/lab/", "/own-data.json",
    "/nowhere/", "/service-worker.js", "/api/v1/rooms", "/api/v1/users", "/api/v1/messages",
    "/api/v1/rooms/{room}/messages",
]  # fmt: skip
EXPECTED_ERRORS = (
    OSError, EOFError, AssertionError, Refused, requests.RequestException,
    ConnectionClosed, InvalidHandshake, InvalidMessage,
)  # fmt: skip

ACTION_WEIGHTS = {
    "open_page": 2,
    "visit_room": 2,
    "drop_connection": 1,
    "open_event_stream": 1,
    "fail_sign_in": 1,
    "create_and_delete_room": 1,
}


class LoadStats:
    """Counts: `done[action]`, `answers[action, answer]` and `failed[action, error]`."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.answers: Counter[tuple[str, str]] = Counter()
        self.failed: Counter[tuple[str, str]] = Counter()


class MixedLoadUser:
    """One user who does random actions, weighted by `ACTION_WEIGHTS`."""

    def __init__(self, site: SiteUnderTest, user: dict, stats: LoadStats) -> None:
        self._site = site
        self._user = user
        self._stats = stats
        self._random = site.random
        self._numbers = itertools.count()

    async def run(self) -> None:
        """Do one action after another until cancelled."""
        while True:
            [action] = self._random.choices(list(ACTION_WEIGHTS), ACTION_WEIGHTS.values())
            try:
                async with asyncio.timeout(TIMEOUT_SECONDS):
                    self._stats.answers[action, await getattr(self, action)()] += 1
                self._stats.done[action] += 1
            except (*EXPECTED_ERRORS, TimeoutError) as error:
                self._stats.failed[action, type(error).__name__] += 1
            await let_pass(self._random.random() * 2 * PAUSE_SECONDS)

    async def open_page(self) -> str:
        path = self._random.choice(PAGES)
        answer = await self._request("GET", path.format(room=self._site.room))
        return f"{path}: {answer.status_code}"

    async def visit_room(self) -> str:
        """Connect, read history, send a private message and a command, disconnect."""
        async with self._client() as client:
            await client.expect("hello")
            room = self._random.choice(self._site.rooms)
            await client.enter(room)
            await client.history(room, before=50, limit=50)
            await client.send_message(f"#private <{self._user['name']}> {next(self._numbers)}")
            await client.send_message("#list")
        return "done"

    async def drop_connection(self) -> str:
        """Connect and abort the connection without a close frame."""
        client = self._client()
        async with client:
            await client.expect("hello")
            await client.abort()
        return "done"

    async def open_event_stream(self) -> str:
        async with self._client(transport="sse") as client:
            await client.expect("hello")
            await let_pass(self._random.random())
        return "done"

    async def fail_sign_in(self) -> str:
        """Ask for a token with a wrong password, while signed in by cookie."""
        body = {"username": self._user["name"], "password": "a guess", "name": "x"}
        answer = await self._request("POST", "/api/v1/tokens", json=body)
        return f"{answer.status_code}"

    async def create_and_delete_room(self) -> str:
        async with self._client() as client:
            await client.expect("hello")
            name = f"{self._user['name']} {next(self._numbers)}"
            created = await client.send_message(f"#create {name}")
            deleted = await client.send_message(f"#delete {name}")
        return f"{created['type']} {deleted['type']}"

    def _client(self, **options: str) -> ChatClient:
        return ChatClient(self._random.choice(self._site.servers), cookie=self._user["cookie"], **options)

    async def _request(self, method: str, path: str, **options: object) -> requests.Response:
        url = self._random.choice(self._site.servers).url
        options |= {"headers": {"Cookie": self._user["cookie"], "Origin": url}, "allow_redirects": False}
        return await asyncio.to_thread(requests.request, method, url + path, timeout=TIMEOUT_SECONDS, **options)


@contextlib.asynccontextmanager
async def mixed_load(site: SiteUnderTest, users: int) -> AsyncIterator[LoadStats]:
    """Run the mixed load of that many users inside the context; its statistics."""
    stats = LoadStats()
    added = (await asyncio.to_thread(site.add_users, users, 1))["users"]
    tasks = [asyncio.ensure_future(MixedLoadUser(site, user, stats).run()) for user in added]
    try:
        yield stats
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    # A task that ended before it was cancelled met an error this module does not expect.
    assert all(isinstance(end, asyncio.CancelledError) for end in ends), ends
