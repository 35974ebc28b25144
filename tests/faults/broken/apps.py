"""Breaks the product when everything is loaded."""

import os
from importlib import import_module

from django.apps import AppConfig


class Broken(AppConfig):
    name = "tests.faults.broken"

    def ready(self):
        import_module(f"{self.name}.{os.environ['BROKEN']}")
