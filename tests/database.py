"""The test database as live tests need it: what they write is really written."""

import pytest
from django.core.management import call_command


@pytest.fixture(scope="session")
def django_db_keepdb():
    """The database dies with its folder; dropping it would only trip over connections still open."""
    return True


@pytest.fixture
def committed(django_db_setup, django_db_blocker):
    """The database with commits that stay, as server processes and other threads must see them.

    Nothing is rolled back or flushed (the default room came with a migration, and running servers hold leases), so
    tests with this fixture make their own people and rooms, by `people` and `unique`, and count nothing global.
    """
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files():
    """Hashed static files as a real site serves them; a page cannot name a file without them."""
    call_command("collectstatic", interactive=False, verbosity=0)
