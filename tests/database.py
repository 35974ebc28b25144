"""The test database, with real commits for live tests."""

import pytest
from django.test.utils import setup_databases


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_modify_db_settings, django_db_blocker):
    """Create the test database, also for tests of server processes.

    pytest-django's own fixture creates it only for tests that use the database themselves. It is deleted with its
    folder: dropping it would fail on open connections.
    """
    with django_db_blocker.unblock():
        setup_databases(verbosity=0, interactive=False, keepdb=True, serialized_aliases=[])


@pytest.fixture
def committed(django_db_setup, django_db_blocker):
    """Database access with real commits, visible to server processes and other threads.

    Nothing is rolled back or flushed (the default room is made by a migration, and running servers hold leases), so
    tests with this fixture create their own users and rooms, by `people` and `unique`, and count nothing global.
    """
    with django_db_blocker.unblock():
        yield
