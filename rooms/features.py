"""The features of the chat: one folder each, named here and nowhere else."""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

NAMES = (
    "jobs",
    "presence",
    "unread",
    "direct",
    "sessions",
    "moderation",
    "webhooks",
    "announcements",
    "account_deletion",
    "export",
    "lab",
    "pwa",
)


def parts(name: str) -> list[ModuleType]:
    """The modules called `name` (such as `models` or `admin`) of all features that have one, imported."""
    found = [f"rooms.{feature}.{name}" for feature in NAMES]
    return [import_module(module) for module in found if find_spec(module)]
