"""`POST /page-errors/`: errors of the pages' scripts, reported by browsers into the log.

A report names the error, places in our own scripts and the release. It has no messages, no stack beyond these places
and no addresses of pages, all of which may hold what people wrote or their names.
"""

import logging
from typing import Annotated

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from common.http.client_address import network_of
from common.metrics.registry import Counter
from common.throttle import MAX_BUCKETS, TokenBucket

log = logging.getLogger(__name__)

BODY_BYTES = 4096
ADDRESS_RATE, ADDRESS_BURST = 5 / 60, 10  # reports a second; a page sends at most five a minute
TOTAL_RATE, TOTAL_BURST = 1, 60

page_errors_total = Counter("page_errors_total", "Errors of the pages' scripts that browsers reported.")

Place = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}(/[a-z_]{1,40}){0,3}\.js:[0-9]{1,6}:[0-9]{1,6}$")]


class PageError(BaseModel):
    """A report; whatever does not match is refused, for it is written into the log."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{1,40}$")]
    at: Annotated[list[Place], Field(min_length=1, max_length=8)]
    release: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z.+-]{0,32}$")] = ""


class PageErrorThrottle:
    """Token buckets, one for all reports and one for each address, in this process."""

    def __init__(self) -> None:
        self._total = TokenBucket(TOTAL_RATE, TOTAL_BURST)
        self._by_network: dict[str, TokenBucket] = {}

    def allows(self, network: str) -> bool:
        """Take a token of the network's bucket and of the total one, if both have one."""
        if len(self._by_network) >= MAX_BUCKETS:
            self._by_network = {key: bucket for key, bucket in self._by_network.items() if not bucket.is_full}
        bucket = self._by_network.setdefault(network, TokenBucket(ADDRESS_RATE, ADDRESS_BURST))
        return bucket.try_take() and self._total.try_take()


throttle = PageErrorThrottle()


# Without a token: a page may report before it is complete. Other sites are refused by the request's origin instead.
@csrf_exempt
@require_POST
async def page_errors(request: HttpRequest) -> HttpResponse:
    """Write one line into the log: 204, or 403, 413, 429 or 400 for what no page of ours would send."""
    if not is_same_origin(request):
        return HttpResponse(status=403)
    if len(request.body) > BODY_BYTES:
        return HttpResponse(status=413)
    if not throttle.allows(network_of(request)):
        return HttpResponse(status=429)
    try:
        error = PageError.model_validate_json(request.body)
    except ValidationError:
        return HttpResponse(status=400)
    page_errors_total.add()
    fields = {"error": error.name, "at": ",".join(error.at), "release": error.release}
    log.warning("page error", extra={"fields": fields})
    return HttpResponse(status=204)


def is_same_origin(request: HttpRequest) -> bool:
    """Whether a page of this site sent the request; browsers name the origin of every POST."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return False
    scheme = "https" if settings.HTTPS else "http"
    origin = request.headers.get("Origin", "")
    return origin == f"{scheme}://{request.get_host()}" or origin in settings.CSRF_TRUSTED_ORIGINS
