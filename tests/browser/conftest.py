"""Chromium, and tabs that record errors."""

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


# Chromium without windows and menus: a new browser context takes an eighth of the time.
SHELL = "chromium-headless-shell"
WHOLE = "chromium"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium():
    async with async_playwright() as playwright:
        yield playwright.chromium


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browsers(chromium):
    """Factory of browsers, one process of each kind: `await browsers(SHELL)`."""
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
    """Factory of tabs, each in a new browser context: `await open_tab("ana", people.ana)`, or without a user.

    `server=-1` is the last process; it may also be a server of `cluster`, or a proxy. Tabs are closed before servers.
    After a failure, or with PICTURES=on, each tab leaves a screenshot in tests/output/. The test fails if a page logged
    an error, violated its content security policy, opened a dialog or failed to send a message.
    """
    tabs, failed_before = [], request.session.testsfailed
    kind = WHOLE if request.node.get_closest_marker("whole_browser") else SHELL
    # Installed for each new context, it costs as much as the page; only tests of offline use and reloads need it.
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
