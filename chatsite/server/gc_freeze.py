"""Freezing of loaded objects, so that the garbage collector does not traverse them."""

import gc
from importlib import import_module

from django.conf import settings


def freeze_loaded_objects() -> None:
    """Exempt everything loaded so far from garbage collection, whose pause they prolong by 0.1 to 0.3 s."""
    import_module(settings.ROOT_URLCONF)  # imports the rest of the code
    gc.collect()
    gc.freeze()
