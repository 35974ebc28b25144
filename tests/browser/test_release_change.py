"""Pages that stay open during an upgrade."""

import pytest
from playwright.async_api import expect

from tests.people import unique

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.once("embedded")]

# The page claims an older release when it is first loaded, and this one after a reload.
OLD_AT_FIRST = """if (!sessionStorage.seen) new MutationObserver((changes, observer) => {
    const chat = document.getElementById("chat");
    if (!chat) return;
    observer.disconnect();
    chat.dataset.%s = "0.0";
    sessionStorage.seen = "yes";
}).observe(document, { childList: true, subtree: true })"""


@pytest.mark.parametrize("mark", ["protocol", "version"])
async def test_old_page_offers_a_reload_that_keeps_the_draft(open_tab, people, mark):
    ana = await open_tab("ana", people.ana)
    await ana.page.add_init_script(OLD_AT_FIRST % mark)
    await ana.visit()
    button = ana.page.locator("#newer-reload")
    await expect(button).to_be_visible()
    await expect(ana.page.locator("#newer-text")).not_to_be_empty()
    await ana.page.locator("#text").fill(words := unique("half a sentence"))
    await button.click()
    await expect(button).to_be_hidden()
    await ana.ready()
    await expect(ana.page.locator("#text")).to_have_value(words)


async def test_current_page_offers_no_reload(open_tab, people):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    await expect(ana.page.locator("#newer-reload")).to_be_hidden()
    await expect(ana.page.locator("#newer-text")).to_be_empty()
