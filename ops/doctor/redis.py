"""Redis, where there is one: whether a word comes round."""

import asyncio
import time

import redis
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.utils.translation import gettext as _

from .finding import fault, fine

PATIENCE_SECONDS = 5


def look():
    if not settings.REDIS_URL:
        yield fine(_("No Redis: right for one server process; between several, messages take up to 3 s"))
        return
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=PATIENCE_SECONDS) as client:
            version = client.info("server")["redis_version"]
        begun = time.perf_counter()
        async_to_sync(go_round)()
    except (redis.RedisError, OSError, TimeoutError) as error:
        what = _("Redis does not answer: %(reason)s. The chat goes on, up to 3 s late between server processes")
        reason = str(error) or type(error).__name__
        yield fault(what % {"reason": reason}, _("Does it run? Is REDIS_URL right: host, port, password?"))
        return
    words = _("Redis %(version)s brings a word round in %(milliseconds)s ms")
    yield fine(words % {"version": version, "milliseconds": f"{1000 * (time.perf_counter() - begun):.0f}"})


async def go_round():
    layer = get_channel_layer()
    async with asyncio.timeout(PATIENCE_SECONDS):
        channel = await layer.new_channel()
        await layer.send(channel, {"type": "doctor"})
        await layer.receive(channel)
        await layer.flush()
