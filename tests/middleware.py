"""Django's test client with middleware that is loaded once, as on a server, and without the asynchronous ones.

Each `Client()` would load it again and scan all static files: up to 100 ms, in some thousand tests. Two of them, static
files and health checks, are asynchronous only: for them a synchronous client changes to an event loop and back, and
every middleware after them runs in a thread, half of the CPU time of a request. Tests of these two use real servers.
"""

import pytest
from django.conf import settings
from django.test import override_settings
from django.test.client import ClientHandler
from django.utils.module_loading import import_string


@pytest.fixture(scope="session", autouse=True)
def _middleware_loaded_once(static_files):
    synchronous = [path for path in settings.MIDDLEWARE if getattr(import_string(path), "sync_capable", True)]
    first = ClientHandler()
    with override_settings(MIDDLEWARE=synchronous):
        first.load_middleware()
    loaded = {name: value for name, value in vars(first).items() if name not in vars(ClientHandler())}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ClientHandler, "load_middleware", lambda handler, is_async=False: vars(handler).update(loaded))
        yield
