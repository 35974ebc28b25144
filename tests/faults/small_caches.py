"""The settings of a site as shipped, but for SQLite's page caches.

These grow with the database, up to 16 MB for each thread that keeps a connection, and a leak could hide behind them.
"""

from .shipped import *  # noqa: F403
from .shipped import DATABASES

_OPTIONS = DATABASES["default"]["OPTIONS"]
if "init_command" in _OPTIONS:
    _OPTIONS["init_command"] += "PRAGMA cache_size=-500;"
