"""Two users in two browsers, each on a server process of its own if there are two."""

import re

import pytest
from playwright.async_api import expect

from tests.people import PASSWORD, unique

from .rooms import open_tabs_in_room

pytestmark = pytest.mark.once("grown")


async def test_two_users_sign_up_and_exchange_messages(open_tab):
    ana, bruno = unique("ana"), unique("bruno")
    hers, his = await open_tab("ana"), await open_tab("bruno", server=-1)
    await hers.sign_up(ana, PASSWORD)
    await his.sign_up(bruno, PASSWORD)

    talk = [
        (hers, ana, "hola"),
        (his, bruno, "<b>hello</b> ¿qué tal?"),
        (hers, ana, "two\nlines"),
        (his, bruno, "👋🏽"),
    ]
    for writer, name, text in talk:
        await writer.send_message(text)
        await hers.expect_message(text, author=name)
        await his.expect_message(text, author=name)

    said = [text for _, _, text in talk]
    assert await hers.stored_texts(ana, bruno) == await his.stored_texts(ana, bruno) == said
    await hers.reload()
    await his.reload()
    await hers.expect_message("👋🏽", author=bruno)
    await his.expect_message("👋🏽", author=bruno)
    assert await hers.stored_texts(ana, bruno) == await his.stored_texts(ana, bruno) == said


async def test_room_is_created_entered_and_deleted(open_tab, people):
    ana, bruno = await open_tab("ana", people.ana), await open_tab("bruno", people.bruno, server=-1)
    await ana.visit()
    await bruno.visit()
    main, chess = await ana.page.locator("#heading").inner_text(), unique("Chess")

    await ana.send_message(f"#cR <{chess}>")
    await ana.expect_room(chess)
    await expect(bruno.room(chess)).to_have_attribute("data-people", "1")
    await bruno.send_message(f"#gR {chess}")
    await bruno.expect_room(chess)
    await expect(ana.room(chess)).to_have_attribute("data-people", "2")
    await ana.send_message("only here")
    await bruno.expect_message("only here", author=people.ana.name)

    await ana.send_message("#lR")
    assert chess in await ana.reply_text("rooms")
    await bruno.send_message("#eR")
    await bruno.expect_room(main)
    await expect(ana.room(chess)).to_have_attribute("data-people", "1")
    assert await bruno.stored_texts(people.ana.name) == []

    await bruno.send_message(f"#gR {chess}")
    await bruno.expect_room(chess)
    await ana.send_message(f"#dR {chess}")
    await ana.expect_room(main)
    await bruno.expect_room(main)
    await expect(bruno.room(chess)).to_have_count(0)


async def test_deleting_room_of_another_user_hides_it(open_tab, people):
    ana, bruno = await open_tab("ana", people.ana), await open_tab("bruno", people.bruno, server=-1)
    await ana.visit()
    await bruno.visit()
    chess = unique("Chess")
    await ana.send_message(f"#cR {chess}")
    await expect(bruno.room(chess)).to_have_count(1)

    await bruno.send_message(f"#dR {chess}")
    await expect(bruno.room(chess)).to_have_count(0)
    await expect(ana.room(chess)).to_have_count(1)
    await ana.expect_room(chess)


async def test_private_message_reaches_its_recipient_only(open_tab, people):
    ana, bruno = await open_tab("ana", people.ana), await open_tab("bruno", people.bruno, server=-1)
    carla = await open_tab("carla", people.carla)
    for tab in (ana, bruno, carla):
        await tab.visit()

    await ana.send_message(f"#\\private<{people.bruno.name}> between us")
    await ana.reply_text("private_sent")
    conversation = bruno.page.locator("#conversations li", has_text=people.ana.name)
    await expect(conversation).to_have_attribute("data-unread", "1")
    await conversation.locator("a").click()
    await bruno.expect_message("between us", author=people.ana.name)
    await bruno.send_message("I read you")
    await ana.page.goto(f"/messages/{people.bruno.name}/")
    await ana.expect_message("I read you", author=people.bruno.name)

    await carla.send_message("is anybody here?")
    await carla.expect_message("is anybody here?", author=people.carla.name)
    assert await carla.stored_texts(people.ana.name, people.bruno.name) == []
    await expect(carla.page.locator("#conversations li")).to_have_count(0)


async def test_first_private_message_opens_the_conversation_of_the_url(open_tab, people):
    ana = await open_tab("ana", people.ana)
    await ana.visit(f"/messages/{people.bruno.name}/")
    await expect(ana.page.locator("#text")).to_have_value(f"#\\private<{people.bruno.name}> ")
    await ana.page.locator("#text").press_sequentially("hello")
    await ana.page.locator("#text").press("Enter")
    await ana.expect_room(people.bruno.name)
    await ana.expect_message("hello", author=people.ana.name)
    await expect(ana.page.locator("#text")).to_have_value("")


async def test_exit_reconnects_only_by_button(open_tab, people):
    ana, bruno = await open_tab("ana", people.ana), await open_tab("bruno", people.bruno, server=-1)
    await ana.visit()
    await bruno.visit()

    await ana.send_message("#exit")
    await ana.expect_state("stopped")
    reconnect = ana.page.locator("#reconnect")
    await expect(reconnect).to_be_visible()
    await bruno.send_message("while you were out")
    await bruno.expect_message("while you were out", author=people.bruno.name)
    assert await ana.stored_texts(people.bruno.name) == []
    await ana.expect_state("stopped")

    await reconnect.click()
    await ana.ready()
    await ana.expect_message("while you were out", author=people.bruno.name)
    await expect(reconnect).to_be_hidden()


async def test_ownerless_room_counts_down_until_owner_is_back(open_tab, people):
    ana, bruno, chess = await open_tabs_in_room(open_tab, people)

    countdown = bruno.page.locator("#countdown")
    await expect(countdown).to_be_hidden()
    await ana.send_message("#exit")
    await expect(countdown).to_contain_text(re.compile(r"\b[01]:[0-5]\d\b"))
    await ana.page.locator("#reconnect").click()
    await expect(countdown).to_be_hidden()
    await bruno.expect_room(chess)
