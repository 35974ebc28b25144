"""A real Chromium, and tabs in it that notice what goes wrong."""

import os
import shutil
from pathlib import Path

import pytest
import pytest_asyncio
from django.conf import settings
from playwright.async_api import async_playwright, expect

from tests.waiting import PATIENCE_SECONDS

from .tab import Tab

OUTPUT = Path(__file__).resolve().parent.parent / "output"
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
DESKTOP = {"width": 1280, "height": 800}

expect.set_options(timeout=PATIENCE_SECONDS * 1000)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium():
    program = shutil.which("chromium")
    if not program:
        pytest.fail("The browser tests need Chromium: apt-get install chromium")
    # Chromium's sandbox does not work for root.
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=flags)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_tab(chromium, site, request):
    """Opens the site in a browser of somebody's own: `await open_tab("ana", people.ana)`; a stranger without a person.

    `server=-1` is the last process; it may also be one of a `cluster`, or a proxy. Every tab leaves a picture in
    tests/output/, and the test fails when a page logged an error, broke its content security policy, opened a dialog or
    could not send what was written.
    """
    tabs = []

    async def open_one(label, person=None, *, server=0, viewport=DESKTOP, locale="en"):
        url = (site[server] if isinstance(server, int) else server).url
        context = await chromium.new_context(base_url=url, viewport=viewport, locale=locale)
        if person:
            await context.add_cookies([session_cookie(person, url)])
        tab = Tab(label, await context.new_page())
        tabs.append(tab)
        return tab

    yield open_one
    OUTPUT.mkdir(exist_ok=True)
    for tab in tabs:
        await tab.notice_failed_lines()
        await tab.picture(OUTPUT / f"{request.node.name}-{request.config.getoption('footing')}-{tab.label}.png")
        await tab.page.context.close()
    complaints = [f"{tab.label}: {complaint}" for tab in tabs for complaint in tab.complaints]
    assert not complaints


def session_cookie(person, url):
    return {"name": settings.SESSION_COOKIE_NAME, "value": person.session_key, "url": url}
