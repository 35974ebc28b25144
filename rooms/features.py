"""The features of the chat: one folder each, named here and nowhere else."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from .feature import Feature

NAMES = (
    "jobs",
    "presence",
    "gateway",
    "sessions",
    "unread",
    "directory",
    "direct",
    "moderation",
    "typing",
    "webhooks",
    "announcements",
    "account_deletion",
    "export",
    "lab",
    "pwa",
)


@cache
def features() -> tuple[Feature, ...]:
    """What each feature offers, in the order of `NAMES`; for use once Django's apps are loaded."""
    return tuple(module.FEATURE for module in parts("feature"))


def parts(name: str) -> list[ModuleType]:
    """The modules called `name` (such as `models` or `admin`) of all features that have one, imported."""
    found = [f"rooms.{feature}.{name}" for feature in NAMES]
    return [import_module(module) for module in found if find_spec(module)]
