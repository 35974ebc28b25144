"""Health checks for load balancers, and the metrics endpoint."""

import hmac
import ipaddress
import time
from collections.abc import Awaitable, Callable

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import async_only_middleware
from django.views.decorators.cache import never_cache

from common.http.client_address import address_of
from common.metrics.registry import CONTENT_TYPE
from common.metrics.workers import scrape
from rooms.lab.models import ServerEvent

CACHE_SECONDS = 1  # of the database probe, which anybody can cause

_is_draining = False


def start_draining() -> None:
    """Answer `/readyz` with 503 from now on: load balancers send new clients elsewhere."""
    global _is_draining
    _is_draining = True


@never_cache
async def healthz(request: HttpRequest) -> HttpResponse:
    """Liveness: the process answers. Nothing else is checked, so a restart is the right reaction to a failure."""
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Readiness: not shutting down, and the database accepts writes and has this release's tables.

    Redis is not checked: without it the site is slower, not down.
    """
    return _status_response(_is_ready)


@never_cache
async def metrics(request: HttpRequest) -> HttpResponse:
    """Metrics for Prometheus, by token or from known addresses; 404 for all others."""
    if not _may_read_metrics(request):
        raise Http404
    return HttpResponse(await scrape(), content_type=CONTENT_TYPE)


@never_cache
def db_alive(request: HttpRequest) -> HttpResponse:
    """Whether the database answers: 200, else 503."""
    return _status_response(_database_answers)


def _status_response(check: Callable[[], bool]) -> HttpResponse:
    try:
        ok = check()
    except DatabaseError:
        ok = False
    return JsonResponse({"status": "ok" if ok else "unavailable"}, status=200 if ok else 503)


def _is_ready() -> bool:
    return not _is_draining and _database_probe.check()


class CachedProbe:
    """A check whose result is cached for `CACHE_SECONDS`; a check that raises counts as failed while it is cached."""

    def __init__(self, check: Callable[[], bool]) -> None:
        self._check = check
        self._checked_at = float("-inf")
        self._result = False

    def check(self) -> bool:
        """Return the result, cached or new; raises what the check raises."""
        if time.monotonic() - self._checked_at > CACHE_SECONDS:
            self._result = False
            try:
                self._result = self._check()
            finally:
                self._checked_at = time.monotonic()
        return self._result


def _database_is_usable() -> bool:
    if not is_migrated(connection):
        return False
    ServerEvent.probe_write()
    return True


_database_probe = CachedProbe(_database_is_usable)


def _may_read_metrics(request: HttpRequest) -> bool:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.METRICS_TOKEN and hmac.compare_digest(token.encode(), settings.METRICS_TOKEN.encode()):
        return True
    try:
        address = ipaddress.ip_address(address_of(request))
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network) for network in settings.METRICS_ADDRESSES)


def _database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def is_migrated(connection: BaseDatabaseWrapper) -> bool:
    """Return whether all migrations of this release are applied to a database."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


AsyncView = Callable[[HttpRequest], Awaitable[HttpResponseBase]]
VIEWS: dict[str, AsyncView] = {
    "/healthz": healthz,
    "/readyz": sync_to_async(readyz),
    "/db/alive": sync_to_async(db_alive),
    "/metrics": metrics,
}


@async_only_middleware
def health_middleware(get_response: AsyncView) -> AsyncView:
    """Middleware: answer health checks before ALLOWED_HOSTS is enforced, as load balancers use bare IP addresses."""

    async def handle(request: HttpRequest) -> HttpResponseBase:
        try:
            return await VIEWS.get(request.path_info, get_response)(request)
        except Http404:
            return await get_response(request)

    return handle
