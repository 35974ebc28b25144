"""Is it alive? Three questions that load balancers and people who run the site ask."""

import hmac
import ipaddress
import time

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpResponse, JsonResponse
from django.utils.decorators import async_only_middleware
from django.views.decorators.cache import never_cache

from common.http.client_address import address_of
from common.metrics import registry as measures
from common.metrics import workers as peers
from rooms.lab.models import ServerEvent

# However often strangers ask, the database is asked no more often.
HOLDS_SECONDS = 1

_is_ending = False


def end():
    """From now on whoever asks is told to send visitors elsewhere."""
    global _is_ending
    _is_ending = True


@never_cache
async def healthz(request):
    """The process is up; asks nothing of anything else, so a restart is the right cure when this fails."""
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(request):
    """Ready for traffic: no end is near, the database takes what is written, and its tables are those of this release.

    Redis is not asked: without it the site is slower, not down.
    """
    return _answer(_is_ready)


@never_cache
async def metrics(request):
    """For Prometheus, by token or from known addresses; for all others there is nothing here."""
    if not _may_measure(request):
        raise Http404
    return HttpResponse(measures.text(await peers.figures()), content_type="text/plain; version=0.0.4; charset=utf-8")


@never_cache
def db_alive(request):
    """The database answers: 200, else 503."""
    return _answer(_database_answers)


def _answer(question):
    try:
        ready = question()
    except DatabaseError:
        ready = False
    return JsonResponse({"status": "ok" if ready else "unavailable"}, status=200 if ready else 503)


def _is_ready():
    return not _is_ending and _database_holds.ask()


class Lately:
    """A question, asked again only when the last answer is no longer new."""

    def __init__(self, question):
        self._question = question
        self._asked_at = float("-inf")
        self._answer = False

    def ask(self):
        if time.monotonic() - self._asked_at > HOLDS_SECONDS:
            self._answer = False
            try:
                self._answer = self._question()
            finally:
                self._asked_at = time.monotonic()
        return self._answer


def _database_takes_all():
    if not is_migrated(connection):
        return False
    ServerEvent.probe_write()
    return True


_database_holds = Lately(_database_takes_all)


def _may_measure(request):
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.METRICS_TOKEN and hmac.compare_digest(token.encode(), settings.METRICS_TOKEN.encode()):
        return True
    try:
        address = ipaddress.ip_address(address_of(request))
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network) for network in settings.METRICS_ADDRESSES)


def _database_answers():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def is_migrated(connection):
    """Whether a database's tables are those of this release."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


ASKED_BY_MACHINES = {
    "/healthz": healthz,
    "/readyz": sync_to_async(readyz),
    "/db/alive": sync_to_async(db_alive),
    "/metrics": metrics,
}


@async_only_middleware
def for_machines(get_response):
    """Answers these before the host is looked at: who watches over a server asks it by its bare address."""

    async def answer(request):
        try:
            return await ASKED_BY_MACHINES.get(request.path_info, get_response)(request)
        except Http404:
            return await get_response(request)

    return answer
