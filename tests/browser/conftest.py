"""A real Chromium, and tabs in it that notice what goes wrong."""

import os
import shutil
from pathlib import Path

import pytest
import pytest_asyncio
from django.conf import settings
from playwright.async_api import async_playwright, expect

from tests.waiting import TIMEOUT_SECONDS

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

expect.set_options(timeout=TIMEOUT_SECONDS * 1000)


# Chromium without its windows, menus and message centre: a new person's browser costs an eighth of the time.
SHELL = "chromium-headless-shell"
WHOLE = "chromium"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium():
    async with async_playwright() as playwright:
        yield playwright.chromium


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browsers(chromium):
    """`await browsers(SHELL)`: one running browser of each kind, started when first asked for."""
    running = {}

    async def started(name):
        if name not in running:
            running[name] = await chromium.launch(executable_path=browser_path(name), args=flags())
        return running[name]

    yield started
    for browser in running.values():
        await browser.close()


def browser_path(name):
    return shutil.which(name) or pytest.fail(f"The browser tests need Chromium: apt-get install {name}")


def flags():
    # Chromium's sandbox does not work for root.
    return [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS


@pytest_asyncio.fixture(loop_scope="session")
async def open_tab(browsers, site, cluster, request):
    """Opens the site in a browser of somebody's own: `await open_tab("ana", people.ana)`; a stranger without a person.

    `server=-1` is the last process; it may also be one of a `cluster`, which then ends after the tabs, or a proxy.
    Every tab leaves a picture in tests/output/ where the test has failed (PICTURES=on: always), and it fails when a
    page logged an error, broke its content security policy, opened a dialog or could not send what was written.
    """
    tabs, failed_before = [], request.session.testsfailed
    kind = WHOLE if request.node.get_closest_marker("whole_browser") else SHELL
    # As costly as the page itself, for each new person, and of use only where the page is left or has no line.
    worker = request.node.get_closest_marker("service_worker")

    async def open_one(label, person=None, *, server=0, viewport=DESKTOP, locale="en"):
        url = (site[server] if isinstance(server, int) else server).url
        browser = await browsers(kind)
        workers = "allow" if worker and label in (worker.args or [label]) else "block"
        context = await browser.new_context(base_url=url, viewport=viewport, locale=locale, service_workers=workers)
        if person:
            await context.add_cookies([session_cookie(person, url)])
        tab = Tab(label, await context.new_page())
        tabs.append(tab)
        return tab

    yield open_one
    for tab in tabs:
        await tab.check_failed_messages()
    complaints = [f"{tab.label}: {complaint}" for tab in tabs for complaint in tab.complaints]
    has_failed = complaints or request.session.testsfailed > failed_before
    for tab in tabs:
        if has_failed or os.environ.get("PICTURES") == "on":
            OUTPUT.mkdir(exist_ok=True)
            await tab.picture(OUTPUT / f"{request.node.name}-{request.config.getoption('footing')}-{tab.label}.png")
        await tab.page.context.close()
    assert not complaints


def session_cookie(person, url):
    return {"name": settings.SESSION_COOKIE_NAME, "value": person.session_key, "url": url}
