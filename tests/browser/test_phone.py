"""The page on a phone: drawers, touch targets, small windows."""

import pytest
from playwright.async_api import expect

from tests.people import unique

from .rooms import room_with

pytestmark = pytest.mark.footing("embedded")

PHONE = {"width": 360, "height": 740}
SMALLEST = {"width": 320, "height": 568}
FINGER_PIXELS = 44
TOO_SMALL = """(least) => [...document.querySelectorAll("button, a[href], input, textarea")]
    .filter((control) => control.checkVisibility({ visibilityProperty: true }) && !control.closest(".skip, .when, p"))
    .map((control) => [control.outerHTML.slice(0, 90), control.getBoundingClientRect()])
    .filter(([, box]) => box.width && (box.height < least - 0.5 || box.width < least - 0.5))
    .map(([html, box]) => `${html} ${box.width}×${box.height}`)"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def full_room(people):
    return room_with(60, people.ana)


@pytest.fixture
async def phone(open_tab, people):
    tab = await open_tab("phone", people.ana, viewport=PHONE)
    await tab.visit()
    return tab


def drawer(tab, name):
    return tab.page.locator(f"#{name}-drawer")


async def test_escape_and_back_button_close_a_drawer(phone):
    page, side = phone.page, drawer(phone, "side")
    before = page.url
    for close in (page.go_back, lambda: page.keyboard.press("Escape"), side.locator(".close-panel").click):
        await page.locator("#open-side").click()
        await expect(side).to_be_visible()
        await expect(side).to_have_role("dialog")
        await page.keyboard.press("Tab")
        assert await side.evaluate("(drawer) => drawer.contains(document.activeElement)")
        await close()
        await expect(side).to_be_hidden()
        await expect(page.locator("#open-side")).to_be_focused()
        assert page.url == before
    assert await page.evaluate("Boolean(history.state.drawer)") is False


async def test_choosing_a_room_closes_the_drawer_and_back_returns(phone):
    main, chess = await phone.page.locator("#heading").inner_text(), unique("Chess")
    await phone.send_message(f"#cR {chess}")
    await phone.expect_room(chess)
    await phone.page.locator("#open-side").click()
    await drawer(phone, "side").locator("#rooms a").first.click()
    await phone.expect_room(main)
    await expect(drawer(phone, "side")).to_be_hidden()
    await phone.page.go_back()
    await phone.expect_room(chess)
    await phone.page.go_back()
    await phone.expect_room(main)


async def test_room_actions_are_in_the_people_drawer(phone):
    chess = unique("Chess")
    await phone.send_message(f"#cR {chess}")
    await phone.expect_room(chess)
    await phone.page.locator("#open-people").click()
    await phone.page.get_by_role("button", name="Delete room").click()
    await phone.page.locator("#delete-dialog").get_by_role("button", name="Delete room").click()
    await expect(phone.room(chess)).to_have_count(0)
    await expect(drawer(phone, "people")).to_be_hidden()


async def test_disconnected_notice_stays_in_view(open_tab, people, full_room):
    phone = await open_tab("phone", people.ana, viewport=PHONE)
    await phone.visit(f"/rooms/{full_room}/")
    await phone.expect_message("60 of 60", author=people.ana.name)
    await phone.send_message("#exit")
    await phone.expect_state("stopped")
    await expect(phone.page.locator("#reconnect")).to_be_visible()
    await expect(phone.page.locator('[data-code="bye"]')).to_be_in_viewport(ratio=1)


async def test_last_message_stays_in_view_above_the_keyboard(open_tab, people, full_room):
    phone = await open_tab("phone", people.ana, viewport=PHONE)
    await phone.visit(f"/rooms/{full_room}/")
    last = phone.page.locator('#said [data-seq="60"]')
    await expect(last).to_be_in_viewport(ratio=1)
    await phone.page.set_viewport_size({"width": 360, "height": 400})
    await expect(last).to_be_in_viewport(ratio=1)
    await expect(phone.page.locator("#text")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("path", ["/", "/accounts/sign-in/", "/accounts/sign-up/", "/accounts/profile/", "/users/"])
async def test_page_fits_smallest_phone_with_touch_targets(open_tab, people, path):
    person = None if "sign-" in path else people.ana
    phone = await open_tab("phone", person, viewport=SMALLEST)
    await phone.page.goto(path)
    if path == "/":
        await phone.ready()
    assert await phone.page.evaluate(OVERFLOW) == 0
    assert await phone.page.evaluate(TOO_SMALL, FINGER_PIXELS) == []
    viewport = await phone.page.locator("meta[name=viewport]").get_attribute("content")
    assert "user-scalable" not in viewport
    assert "maximum-scale" not in viewport
