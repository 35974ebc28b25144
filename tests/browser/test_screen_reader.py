"""The accessibility tree of the chat, and its live regions."""

import pytest
from playwright.async_api import expect

from .rooms import room_with

pytestmark = pytest.mark.footing("embedded")

# Records, in order, the visible text added to live regions that are neither off nor busy.
LISTEN = """() => {
    window.announced = [];
    const silent = (node) => {
        const region = node.parentElement.closest("[aria-live]");
        return region?.ariaLive === "off" || Boolean(node.parentElement.closest("[aria-busy=true]"));
    };
    new MutationObserver((changes) => changes.forEach(({ addedNodes, target }) => {
        addedNodes.forEach((node) => {
            if (!node.isConnected || silent(node) || node.ariaLive === "off") return;
            announced.push((node.innerText ?? node.textContent).replace(/\\s+/g, " ").trim());
        });
    })).observe(document.getElementById("timeline"), { childList: true, subtree: true });
}"""


@pytest.fixture
def long_room(people):
    return room_with(120, people.ana, people.bruno)


async def listening(tab, path):
    await tab.visit(path)
    await expect(tab.page.locator("#timeline")).to_have_attribute("aria-busy", "false")
    await tab.page.evaluate(LISTEN)


async def test_new_message_is_announced_once_author_and_text_first(open_tab, people):
    ana, bruno = await open_tab("ana", people.ana), await open_tab("bruno", people.bruno, server=-1)
    await listening(ana, "/")
    await bruno.visit()
    await bruno.send_message("good evening")
    await ana.expect_message("good evening", author=people.bruno.name)
    await ana.send_message("and to you")
    await ana.expect_message("and to you", author=people.ana.name)
    await expect(ana.page.locator("#waiting > *")).to_have_count(0)

    announced = [
        text for text in await ana.page.evaluate("announced") if "good evening" in text or "and to you" in text
    ]
    assert len(announced) == 2
    assert announced[0].startswith(f"{people.bruno.name} good evening")
    assert announced[1].startswith(f"{people.ana.name} and to you")


async def test_history_is_not_announced(open_tab, people, long_room):
    ana = await open_tab("ana", people.ana)
    await listening(ana, f"/rooms/{long_room}/")
    await ana.page.evaluate("document.getElementById('timeline').scrollTop = 0")
    await expect(ana.page.locator('#said [data-seq="30"]')).to_be_attached()
    await expect(ana.page.locator("#timeline")).to_have_attribute("aria-busy", "false")
    assert [text for text in await ana.page.evaluate("announced") if "of 120" in text] == []


async def test_one_log_whose_articles_begin_with_the_author(open_tab, people, long_room):
    ana = await open_tab("ana", people.ana)
    await ana.visit(f"/rooms/{long_room}/")
    await ana.expect_message("120 of 120", author=people.bruno.name)
    await expect(ana.page.locator("#timeline")).to_have_attribute("aria-busy", "false")
    session = await ana.page.context.new_cdp_session(ana.page)
    nodes = (await session.send("Accessibility.getFullAXTree"))["nodes"]
    tree = {node["nodeId"]: node for node in nodes}
    logs = [node for node in nodes if role(node) == "log"]
    assert [(node["name"]["value"], prop(node, "live")) for node in logs] == [("Messages", "polite")]
    assert not prop(logs[0], "busy")
    articles = [node for node in inside(tree, logs[0]) if role(node) == "article"]
    assert len(articles) == 50
    spoken = [texts(tree, article)[:2] for article in articles]
    assert spoken[-2:] == [[people.ana.name, "119 of 120"], [people.bruno.name, "120 of 120"]]


async def test_focus_is_kept_after_erasure(open_tab, people):
    ana = await open_tab("ana", people.ana)
    await ana.visit()
    await ana.send_message("first")
    await ana.send_message("to be taken back")
    await ana.expect_message("to be taken back", author=people.ana.name)
    await ana.page.locator("#timeline").focus()
    await ana.page.keyboard.press("ArrowUp")
    line = ana.page.locator("#said [data-seq]", has_text="to be taken back")
    await expect(line).to_be_focused()
    await ana.page.locator("#timeline .actions").get_by_role("button", name="Delete message").focus()
    await ana.page.keyboard.press("Enter")
    await ana.page.locator("#erase-dialog").get_by_role("button", name="Delete message").press("Enter")

    erased = ana.page.locator('#said [data-erased="true"]').last
    await expect(erased).to_be_focused()
    await expect(erased.locator(".text")).to_have_text("This message was deleted.")
    await ana.page.keyboard.press("ArrowUp")
    await expect(ana.page.locator("#said [data-seq]", has_text="first").last).to_be_focused()


def role(node):
    return node.get("role", {}).get("value")


def prop(node, name):
    return next((found["value"].get("value") for found in node["properties"] if found["name"] == name), None)


def inside(tree, node):
    for child in node.get("childIds", []):
        if child in tree:
            yield tree[child]
            yield from inside(tree, tree[child])


def texts(tree, node):
    return [found["name"]["value"] for found in inside(tree, node) if role(found) == "StaticText"]
