"""The tests' settings with one deliberate defect: the environment variable `BROKEN` names a module of this package."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.broken.apps.BrokenBuild"]
