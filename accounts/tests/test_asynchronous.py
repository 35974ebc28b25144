"""The chain of middleware as the server drives it. Here everything commits: each request reads on its own connection."""

from django.test import AsyncClient

from accounts.models import User

PROFILE = "/accounts/profile/"


async def test_the_profile_wins_under_an_asynchronous_server_too(people):
    ana = people.ana
    await User.objects.filter(pk=ana.id).aupdate(language="es")
    browser = AsyncClient(headers={"accept-language": "en", "cookie": ana.cookie})
    response = await browser.get(PROFILE)
    assert (response.status_code, response.headers["Content-Language"]) == (200, "es")
