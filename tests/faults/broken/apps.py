"""Applies one deliberate defect once all apps are loaded."""

import os
from importlib import import_module

from django.apps import AppConfig


class BrokenBuild(AppConfig):
    name = "tests.faults.broken"

    def ready(self) -> None:
        import_module(f"{self.name}.{os.environ['BROKEN']}")
