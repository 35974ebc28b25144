"""Checks of a site's installation, with a remedy for each fault."""

from collections.abc import Callable, Iterator

from . import database, files, redis, site
from .finding import Finding, fault

CHECKS: list[Callable[[], Iterator[Finding]]] = [
    site.check_settings,
    database.check_database,
    redis.check_redis,
    files.check_files,
]


def run_checks() -> Iterator[Finding]:
    """The findings of all checks, in order. A check that raises is a fault itself."""
    for check in CHECKS:
        try:
            yield from check()
        except Exception as error:
            yield fault(f"{check.__module__}: {type(error).__name__}: {error}", "")


__all__ = ["Finding", "run_checks"]
