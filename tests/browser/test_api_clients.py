"""API clients and browsers together."""

import json
from asyncio import to_thread

import pytest
from playwright.async_api import expect

from tests.people import unique
from tests.waiting import in_time

pytestmark = pytest.mark.once("embedded")


@pytest.mark.timed
async def test_browser_shows_message_of_script_within_a_second(open_tab, people, api_client):
    ana, script = await open_tab("ana", people.ana, server=-1), await to_thread(api_client, people.bruno)
    await ana.visit()
    rooms = (await to_thread(script.get, "rooms")).json()["rooms"]
    default, text = next(room["id"] for room in rooms if room["default"]), unique("from a script")

    await to_thread(script.post, f"rooms/{default}/messages", text=text)

    line = ana.page.locator(f'#said [data-seq][data-author="{people.bruno.name}"]', has_text=text)
    await expect(line).to_have_count(1, timeout=1000 * in_time(1))
    answer = unique("from a browser")
    await ana.send_message(answer)
    await ana.expect_message(answer, author=people.ana.name)
    log = (await to_thread(script.get, f"rooms/{default}/messages")).json()
    assert log["messages"][-1]["text"] == answer


async def test_script_creates_a_room_and_sends_a_private_message(open_tab, people, api_client):
    ana, script = await open_tab("ana", people.ana, server=-1), await to_thread(api_client, people.bruno)
    await ana.visit()
    name = unique("Scripts")

    await to_thread(script.post, "rooms", name=name)
    await expect(ana.room(name)).to_have_count(1)
    await to_thread(script.post, "messages", recipient_id=people.ana.id, text="psst")
    await expect(ana.page.locator("#conversations li", has_text=people.bruno.name)).to_have_attribute(
        "data-unread", "1"
    )


async def test_profile_page_issues_and_revokes_token(open_tab, people, api_client):
    ana = await open_tab("ana", people.ana)
    await ana.page.goto("/accounts/profile/")
    await ana.page.locator("#id_name").fill("my script")
    await ana.page.get_by_role("button", name="Make a token").click()
    secret = await ana.page.locator("#secret").inner_text()
    headers = {"Authorization": f"Bearer {secret}"}
    stranger = await to_thread(api_client)
    assert (await to_thread(stranger.call, "GET", "tokens", headers=headers)).json()["tokens"][0]["name"] == "my script"

    await ana.page.goto("/accounts/profile/")
    await ana.page.get_by_role("button", name="Revoke my script").click()
    await expect(ana.page.locator("#tokens")).to_have_count(0)
    assert (await to_thread(stranger.call, "GET", "tokens", headers=headers)).status_code == 401


async def test_documentation_page_needs_no_inline_scripts(open_tab):
    reader = await open_tab("reader")
    await reader.page.goto("/api/v1/docs")
    await expect(reader.page.locator(".opblock")).not_to_have_count(0)
    await expect(reader.page.get_by_text("Say something in a room")).to_be_visible()


async def test_documentation_page_can_send_unsafe_requests(open_tab, people):
    ana = await open_tab("ana", people.ana, viewport={"width": 360, "height": 740})
    await ana.page.goto("/api/v1/docs")
    call = ana.page.locator("#operations-rooms-rooms_api_rooms_create_room")
    await call.locator("button.opblock-summary-control").click()
    await call.get_by_role("button", name="Try it out").click()
    await call.locator("textarea").fill(json.dumps({"name": unique("Tried")}))
    await call.get_by_role("button", name="Execute").click()

    await expect(call.locator(".live-responses-table .response-col_status").last).to_contain_text("201")
    await expect(ana.page.locator("html.dark-mode")).to_have_count(0)
    await ana.page.emulate_media(color_scheme="dark")
    await expect(ana.page.locator("html.dark-mode")).to_have_count(1)
    assert await ana.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
