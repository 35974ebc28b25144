"""The site's version and clock over REST, open to everybody."""

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from common.api.base import responses
from common.version import PROTOCOL, VERSION
from rooms.models.message import isoformat_ms

from .schemas import Time, Version

router = Router(tags=["site"])


@router.get("version", response=responses(ok=Version), summary="Product and versions")
def version(request: HttpRequest) -> dict[str, str | int]:
    return {"product": "Tertulia", "version": VERSION, "protocol": PROTOCOL, "api": "v1"}


@router.get("time", response=responses(ok=Time), summary="The server's time")
def time(request: HttpRequest) -> dict[str, str | int]:
    now = timezone.now()
    return {"at": isoformat_ms(now), "time": int(now.timestamp() * 1000)}
