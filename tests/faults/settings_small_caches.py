"""The tests' settings with real password hashing and a small page cache for SQLite.

The page cache grows with the database, up to 16 MB for each thread with a connection, and would hide a leak.
"""

from .settings_real_hashing import *  # noqa: F403
from .settings_real_hashing import DATABASES

_OPTIONS = DATABASES["default"]["OPTIONS"]
if "init_command" in _OPTIONS:
    _OPTIONS["init_command"] += "PRAGMA cache_size=-500;"
