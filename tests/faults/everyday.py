"""What people do all day beside talking: they come and go, look at pages, search, write in private, sign in."""

import asyncio
import contextlib
import itertools
from collections import Counter

import requests
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from tests.clients import ChatClient
from tests.streams import Refused
from tests.waiting import let_pass

PATIENCE_SECONDS = 30
PAUSE_SECONDS = 0.5
PAGES = [
    "/rooms/", "/rooms/{room}/", "/users/", "/users/?q=crowd", "/accounts/profile/", "/lab/", "/own-data.json",
    "/nowhere/", "/service-worker.js", "/api/v1/rooms", "/api/v1/users", "/api/v1/messages",
    "/api/v1/rooms/{room}/messages",
]  # fmt: skip
LOST = (
    OSError, EOFError, AssertionError, Refused, requests.RequestException,
    ConnectionClosed, InvalidHandshake, InvalidMessage,
)  # fmt: skip

OFTEN = 2
DEEDS = {"look": OFTEN, "stand": OFTEN, "vanish": 1, "hear": 1, "sign_in": 1, "make_a_room": 1}


class Visits:
    """How often what was done: `done[deed]`, `answers[deed, answer]`, and `failed[deed, error]`."""

    def __init__(self):
        self.done, self.answers, self.failed = Counter(), Counter(), Counter()


class Visitor:
    """One person of many."""

    def __init__(self, site, person, visits):
        self._site = site
        self._person = person
        self._visits = visits
        self._random = site.random
        self._numbers = itertools.count()

    async def go_on(self):
        while True:
            [deed] = self._random.choices(list(DEEDS), DEEDS.values())
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    self._visits.answers[deed, await getattr(self, deed)()] += 1
                self._visits.done[deed] += 1
            except (*LOST, TimeoutError) as error:
                self._visits.failed[deed, type(error).__name__] += 1
            await let_pass(self._random.random() * 2 * PAUSE_SECONDS)

    async def look(self):
        path = self._random.choice(PAGES)
        answer = await self._ask("GET", path.format(room=self._site.room))
        return f"{path}: {answer.status_code}"

    async def stand(self):
        """Come, read, say something in private, and go."""
        async with self._client() as client:
            await client.expect("hello")
            room = self._random.choice(self._site.rooms)
            await client.enter(room)
            await client.history(room, before=50, limit=50)
            await client.say(f"#private <{self._person['name']}> {next(self._numbers)}")
            await client.say("#list")
        return "done"

    async def vanish(self):
        client = self._client()
        async with client:
            await client.expect("hello")
            await client.vanish()
        return "done"

    async def hear(self):
        async with self._client(transport="sse") as client:
            await client.expect("hello")
            await let_pass(self._random.random())
        return "done"

    async def sign_in(self):
        """With a password that is wrong, and all the same with the cookie that is right."""
        body = {"username": self._person["name"], "password": "a guess", "name": "x"}
        answer = await self._ask("POST", "/api/v1/tokens", json=body)
        return f"{answer.status_code}"

    async def make_a_room(self):
        async with self._client() as client:
            await client.expect("hello")
            name = f"{self._person['name']} {next(self._numbers)}"
            made = await client.say(f"#create {name}")
            closed = await client.say(f"#delete {name}")
        return f"{made['type']} {closed['type']}"

    def _client(self, **how):
        return ChatClient(self._random.choice(self._site.servers), cookie=self._person["cookie"], **how)

    async def _ask(self, method, path, **how):
        url = self._random.choice(self._site.servers).url
        how |= {"headers": {"Cookie": self._person["cookie"], "Origin": url}, "allow_redirects": False}
        return await asyncio.to_thread(requests.request, method, url + path, timeout=PATIENCE_SECONDS, **how)


@contextlib.asynccontextmanager
async def visitors(site, count):
    """So many come and go while this is entered; their `Visits`."""
    visits = Visits()
    people = (await asyncio.to_thread(site.settle_crowd, count, 1))["people"]
    tasks = [asyncio.ensure_future(Visitor(site, person, visits).go_on()) for person in people]
    try:
        yield visits
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    # Whoever stopped of themselves has stopped by a fault of these pages.
    assert all(isinstance(end, asyncio.CancelledError) for end in ends), ends
