"""Django's test client with middleware that is loaded once, as on a server.

Each `Client()` would load it again and scan all static files: up to 100 ms, in some thousand tests.
"""

import pytest
from django.test.client import ClientHandler


@pytest.fixture(scope="session", autouse=True)
def _middleware_loaded_once(static_files):
    first = ClientHandler()
    first.load_middleware()
    loaded = {name: value for name, value in vars(first).items() if name not in vars(ClientHandler())}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ClientHandler, "load_middleware", lambda handler, is_async=False: vars(handler).update(loaded))
        yield
