"""The check of Redis, by a round trip through the channel layer."""

import asyncio
import time
from collections.abc import Iterator

import redis
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.utils.translation import gettext as _

from .finding import Finding, fault, ok

TIMEOUT_SECONDS = 5


def check_redis() -> Iterator[Finding]:
    if not settings.REDIS_URL:
        yield ok(_("No Redis: right for one server process; between several, messages take up to 3 s"))
        return
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS) as client:
            version = client.info("server")["redis_version"]
        started = time.perf_counter()
        async_to_sync(round_trip)()
    except (redis.RedisError, OSError, TimeoutError) as error:
        what = _("Redis does not answer: %(reason)s. The chat goes on, up to 3 s late between server processes")
        reason = str(error) or type(error).__name__
        yield fault(what % {"reason": reason}, _("Does it run? Is REDIS_URL right: host, port, password?"))
        return
    sentence = _("Redis %(version)s brings a word round in %(milliseconds)s ms")
    yield ok(sentence % {"version": version, "milliseconds": f"{1000 * (time.perf_counter() - started):.0f}"})


async def round_trip() -> None:
    """Send and receive one message. Raises TimeoutError."""
    layer = get_channel_layer()
    async with asyncio.timeout(TIMEOUT_SECONDS):
        channel = await layer.new_channel()
        await layer.send(channel, {"type": "doctor"})
        await layer.receive(channel)
        await layer.flush()
