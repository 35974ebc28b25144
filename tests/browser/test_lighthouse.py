"""Lighthouse scores of the first pages, on a slow phone: `make lighthouse`."""

import asyncio
import json

import pytest
import pytest_asyncio

from tests.services import free_port

from .conftest import OUTPUT, WHOLE, browser_path, flags, session_cookie
from .rooms import room_with

pytestmark = [pytest.mark.long, pytest.mark.footing("embedded")]

PACKAGE = "lighthouse@12.8.2"
CATEGORIES = ["performance", "accessibility", "best-practices"]
LEAST = 95
FIGURES = {"LCP": "largest-contentful-paint", "CLS": "cumulative-layout-shift", "TBT": "total-blocking-time"}
RUNS = 3
SECONDS = 180


@pytest.fixture
def room(people):
    return room_with(60, people.ana, people.bruno, people.carla)


@pytest_asyncio.fixture(loop_scope="session")
async def phone(chromium, tmp_path):
    """A browser and its debugging port."""
    port = free_port()
    context = await chromium.launch_persistent_context(
        tmp_path / "profile", executable_path=browser_path(WHOLE), args=[*flags(), f"--remote-debugging-port={port}"]
    )
    yield context, port
    await context.close()


@pytest.mark.parametrize("page", ["sign-in", "sign-up"])
async def test_sign_in_and_sign_up_score_well(site, phone, page):
    _, port = phone
    await is_good(f"{site[0].url}/accounts/{page}/", port, page)


async def test_chat_scores_well(site, phone, people, room):
    context, port = phone
    await context.add_cookies([session_cookie(people.ana, site[0].url)])
    await is_good(f"{site[0].url}/rooms/{room}/", port, "chat")


async def is_good(url, port, name):
    """Check the median of several runs, because load of the machine counts in each."""
    reports = [await lighthouse(url, port, OUTPUT / f"lighthouse-{name}-{run}.json") for run in range(RUNS)]
    report = sorted(reports, key=lambda report: scores_of(report)["performance"])[RUNS // 2]
    figures = {name: report["audits"][audit]["displayValue"] for name, audit in FIGURES.items()}
    print(f"{name}: {scores_of(report)} {figures}; the machine's index: {report['environment']['benchmarkIndex']:.0f}")
    assert report["finalDisplayedUrl"] == url
    assert {name: score for name, score in scores_of(report).items() if score < LEAST} == {}, faults(report)


async def lighthouse(url, port, path):
    """Return the report of Lighthouse on a page, in the browser at the port."""
    arguments = [f"--port={port}", f"--only-categories={','.join(CATEGORIES)}"]
    arguments += ["--output=json", f"--output-path={path}", "--quiet"]
    process = await asyncio.create_subprocess_exec("npx", "--yes", PACKAGE, url, *arguments)
    async with asyncio.timeout(SECONDS):
        assert await process.wait() == 0
    report = json.loads(path.read_text())
    assert "runtimeError" not in report, report["runtimeError"]
    return report


def scores_of(report):
    return {name: round(100 * category["score"]) for name, category in report["categories"].items()}


def faults(report):
    """Return the failed audits with their details."""
    wanting = [audit for audit in report["audits"].values() if audit["score"] is not None and audit["score"] < 0.9]
    return [
        (audit["id"], audit.get("displayValue", ""), audit.get("details", {}).get("items", [])) for audit in wanting
    ]
