"""Account deletion from the profile page, and its effects in the page of another user."""

import pytest
from playwright.async_api import expect

from tests.people import PASSWORD

from .rooms import open_tabs_in_room

pytestmark = pytest.mark.once("embedded")


async def test_deleted_account_is_anonymous_in_open_pages(open_tab, people):
    ana, bruno, chess = await open_tabs_in_room(open_tab, people)
    name = people.bruno.name
    await bruno.send_message("the words that stay")
    await bruno.send_message(f"#private {people.ana.name} between us")
    await ana.expect_message("the words that stay", author=name)
    await conversation(ana, name).locator("a").click()
    await ana.expect_message("between us", author=name)

    await bruno.page.goto("/accounts/profile/")
    await bruno.page.get_by_role("link", name="Delete the account").click()
    await expect(bruno.page.locator("h1")).to_contain_text(name)
    box, button = bruno.page.locator("[name=password]"), bruno.page.get_by_role("button", name="for good")
    await box.fill("not this one")
    await button.click()
    await expect(box).to_have_attribute("aria-invalid", "true")
    await box.fill(PASSWORD)
    await button.click()
    await expect(bruno.page).to_have_url("/accounts/sign-in/")
    await expect(bruno.page.locator("[role=status]")).to_contain_text("Your account is deleted")
    kept = "Object.keys(localStorage).filter((key) => key.startsWith('tertulia:') && /:[0-9]+(:|$)/.test(key))"
    assert await bruno.page.evaluate(kept) == []

    await ana.expect_message("between us", author="deleted user")
    await ana.expect_room("deleted user")
    await ana.send_message("are you there?")
    failed = ana.page.locator('#waiting [data-state="failed"]')
    await expect(failed).to_contain_text("deleted their account")
    await failed.locator('[data-choice="discard"]').click()
    await ana.room(chess).locator("a").click()
    await ana.expect_message("the words that stay", author="deleted user")
    await expect(ana.page.locator("#names .person-line", has_text=name)).to_have_count(0)
    await ana.reload()
    await ana.expect_message("the words that stay", author="deleted user")
    await expect(conversation(ana, "deleted user")).to_have_count(1)
    await ana.page.goto("/users/")
    await expect(ana.page.locator("main")).not_to_contain_text(name)


def conversation(tab, name):
    """Return the item of a private conversation in the side bar."""
    return tab.page.locator("#conversations li", has_text=name)
