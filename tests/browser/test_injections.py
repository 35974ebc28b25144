"""Script injections in every field: none runs, and none reaches the content security policy."""

import pytest
import pytest_asyncio
from playwright.async_api import expect

from accounts.models import User
from rooms.models import Room
from tests.people import unique

pytestmark = [pytest.mark.footing("embedded"), pytest.mark.service_worker("ana")]

INJECTIONS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</title><script>alert(1)</script>",
    "{{7*7}}{% now %}",
    '"><svg onload=alert(1)>',
    "'-alert(1)-'",
    "<style>*{display:none}</style>",
]
MARKED = [
    "[x](javascript:alert(1))",
    "*x* <img src=x onerror=alert(1)>",
    "```html\n</code></pre><script>alert(1)</script>\n```",
    '[x](https://a.org/"onmouseover="alert(1))',
    "<javascript:alert(1)> [y](data:text/html,<script>alert(1)</script>)",
    "> - `<svg onload=alert(1)>`",
]


@pytest.fixture
def named(people):
    """ana, a staff member whose names and room name are injections."""
    names = {"first_names": INJECTIONS[0], "last_names": INJECTIONS[4]}
    User.objects.filter(pk=people.ana.id).update(is_staff=True, is_superuser=True, **names)
    Room.create(people.ana.user, f"{INJECTIONS[1]} {unique('x')}")
    return people


@pytest_asyncio.fixture(loop_scope="session")
async def watched(open_tab, named):
    """Tabs of ana and bruno that record dialogs and policy violations."""
    people = named
    ana, bruno = await open_tab("ana", people.ana), await open_tab("bruno", people.bruno, server=-1)
    for tab in (ana, bruno):
        await tab.watch_policy()
        await tab.visit()
    return ana, bruno


async def test_injections_in_messages_do_not_run(watched, people):
    ana, bruno = watched
    texts = INJECTIONS + MARKED
    for text in texts:
        await ana.send_message(text)
    await expect(bruno.page.locator(f'#said [data-author="{people.ana.name}"]')).to_have_count(len(texts))
    await bruno.reload()
    await expect(bruno.page.locator(f'#said [data-author="{people.ana.name}"]')).to_have_count(len(texts))
    links = await bruno.page.locator("#said .text a").evaluate_all("links => links.map((link) => link.href)")
    assert links == ["https://a.org/%22onmouseover=%22alert(1)"]
    assert await bruno.page.locator("#said :is(script, svg, img, style)").count() == 0


async def test_page_allows_only_listed_elements_and_attributes(watched):
    """The client-side sanitizer, as defence in depth behind the server's."""
    ana, _bruno = watched
    # The policy reports inline handlers before the sanitizer removes them; only their execution would be a fault.
    ana.expect_complaints("Content Security Policy", "policy:")
    shown = await ana.page.evaluate(
        """async (html) => {
            const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
            const { fill } = await import(loaded.find((name) => name.includes("/js/messages/markup")));
            const element = document.createElement("div");
            document.body.append(element);
            fill(element, html);
            return element.innerHTML;
        }""",
        '<p onclick="alert(1)">a<script>alert(1)</script><img src=x onerror=alert(1)>'
        '<a href="javascript:alert(1)">b</a>'
        '<a href="https://c.org" onmouseover="alert(1)">c</a><span class="menu" style="color:red">d</span></p>',
    )
    link = '<a href="https://c.org" target="_blank" rel="noopener noreferrer nofollow">c</a>'
    assert shown == f"<p>aalert(1)<a>b</a>{link}<span>d</span></p>"


async def test_injections_in_room_names_do_not_run(watched):
    ana, bruno = watched
    for number, text in enumerate(INJECTIONS):
        name = f"{text[:40]} {unique('x')}"
        await ana.send_message(f"#cR {name}")
        await ana.expect_room(name)
        await expect(bruno.room(name)).to_have_count(1)
        if number == 0:
            await bruno.send_message(f"#gR {name}")
            await bruno.expect_room(name)
            await bruno.page.locator("#delete").evaluate("button => button.click()")
            await expect(bruno.page.locator("#delete-question")).to_contain_text("<script>")
            await bruno.page.keyboard.press("Escape")
    await ana.send_message("#lR")
    assert INJECTIONS[1] in await ana.reply_text("rooms")
    await ana.page.locator("#text").press_sequentially("#gR script")
    await expect(ana.page.locator("#suggestions")).to_contain_text(INJECTIONS[0])


SCRIPT = "<script>alert(1)</script>"
PAGES = [
    "/users/",
    "/lab/",
    f"/nowhere/{SCRIPT}/",
    f"/messages/{SCRIPT}/",
    '/accounts/profile/?next="><svg onload=alert(1)>',
]
PAGES += [
    "/admin/",
    f"/admin/accounts/user/?q={SCRIPT}",
    "/admin/accounts/user/{user}/change/",
    "/admin/rooms/room/{room}/change/",
]
PAGES += ["/admin/rooms/room/", "/admin/rooms/message/", "/admin/accounts/user/{user}/history/"]


async def test_injections_in_other_pages_do_not_run(watched, people):
    ana, _bruno = watched
    ana.expect_complaints("404")
    room = await ana.page.evaluate("Number(location.pathname.split('/')[2])")
    await ana.send_message(INJECTIONS[1])
    await ana.expect_message(INJECTIONS[1], author=people.ana.name)
    for address in PAGES:
        await ana.page.goto(address.format(user=people.ana.id, room=room))
        await expect(ana.page.locator("h1").first).to_be_visible()
        assert await ana.page.locator("img[onerror], svg[onload]").count() == 0


async def test_injections_in_sign_up_are_escaped(open_tab):
    stranger = await open_tab("stranger")
    await stranger.watch_policy()
    await stranger.page.goto(f"/accounts/sign-up/?next={INJECTIONS[4]}")
    fields = stranger.page.locator("form:has([name=username]) input:not([type=password], [type=date], [type=hidden])")
    for number, field in enumerate(await fields.all()):
        await field.fill(INJECTIONS[number])
    await stranger.page.locator("[name=username]").press("Enter")
    await expect(stranger.page.locator(".errors")).to_be_visible()
    assert await fields.evaluate_all("fields => fields.map(({ value }) => value)") == INJECTIONS[: await fields.count()]


async def test_injections_in_forms_are_escaped(watched):
    ana, _bruno = watched
    await ana.page.goto("/accounts/profile/")
    for text in INJECTIONS:
        await ana.page.locator("[name=first_names]").fill(text)
        await ana.page.locator("form:has([name=first_names]) button:not([type=button])").first.click()
        await expect(ana.page.locator("[name=first_names]")).to_have_value(text)
    await ana.page.locator("form:has([name=name]) [name=name]").fill(INJECTIONS[0])
    await ana.page.locator("form:has([name=name]) .button").click()
    await expect(ana.page.locator("h1")).to_have_text(INJECTIONS[0])
    await ana.page.goto("/accounts/profile/")
    await expect(ana.page.locator("#tokens")).to_contain_text(INJECTIONS[0])
