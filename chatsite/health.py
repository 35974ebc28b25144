"""Is it alive? Three questions that load balancers and people who run the site ask."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from django.views.decorators.cache import never_cache

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
    """Ready for traffic: the database answers and its tables are those of this release.

    Redis is not asked: without it the site is slower, not down.
    """
    return _answer(lambda: not _is_ending and is_migrated(connection))


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


def _database_answers():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def is_migrated(connection):
    """Whether a database's tables are those of this release."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
