"""Looks a site over, and says in plain words what is wrong and how to mend it."""

from . import database, files, redis, site
from .finding import Finding, fault

CHECKS = [site.look, database.look, redis.look, files.look]


def look_over():
    """All that was found, in order; a check that fails itself is a finding too."""
    for look in CHECKS:
        try:
            yield from look()
        except Exception as error:
            yield fault(f"{look.__module__}: {type(error).__name__}: {error}", "")


__all__ = ["Finding", "look_over"]
