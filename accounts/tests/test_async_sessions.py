"""Middleware and sessions under an asynchronous handler.

Everything is committed: each request reads by its own connection.
"""

from django.conf import settings
from django.test import AsyncClient

from accounts.models import Session, User
from accounts.session_store import SessionStore

PROFILE = "/accounts/profile/"


async def test_profile_language_wins_under_async_handler(people):
    ana = people.ana
    await User.objects.filter(pk=ana.id).aupdate(language="es")
    browser = AsyncClient(headers={"accept-language": "en"})
    browser.cookies[settings.SESSION_COOKIE_NAME] = ana.session_key
    response = await browser.get(PROFILE)
    assert (response.status_code, response.headers["Content-Language"]) == (200, "es")


async def test_session_saved_asynchronously_keeps_its_owner(people):
    session = SessionStore(people.ana.session_key)
    await session.aset("more", "words")
    await session.asave()
    saved = await Session.objects.aget(pk=people.ana.session_key)
    assert (saved.user_id, saved.get_decoded()["more"]) == (people.ana.id, "words")
