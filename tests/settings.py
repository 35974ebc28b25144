"""The site's own settings, with passwords that cost nothing and a test database that other processes can open."""

import os

from chatsite.settings import *  # noqa: F403
from chatsite.settings import DATABASES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
HOOKS_TO_PRIVATE_ADDRESSES = True  # the receivers of the tests are on this machine
STATIC_ROOT = os.environ["TEST_STATIC_ROOT"]

_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # Django would test in memory, which no server process could see.
    _database["TEST"] = {"NAME": f"{_database['NAME']}-test"}
