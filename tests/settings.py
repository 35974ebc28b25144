"""The settings of the site, with a fast password hasher and a test database that other processes can open."""

import os
import select
import time

from chatsite.settings import *  # noqa: F403
from chatsite.settings import DATABASES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
HOOKS_TO_PRIVATE_ADDRESSES = True  # the receivers of the tests are on this machine
STATIC_ROOT = os.environ["TEST_STATIC_ROOT"]

_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # Django's default is a database in memory, invisible to server processes.
    _database["TEST"] = {"NAME": f"{_database['NAME']}-test"}

if "FAKETIME" in os.environ:  # make test-future
    # Under libfaketime clock_nanosleep, which `time.sleep` uses, fails for an absolute time.
    time.sleep = lambda seconds: select.select([], [], [], seconds) and None
