"""The tests' own site with one thing broken on purpose: `BROKEN` names a module of this folder."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.broken.apps.Broken"]
