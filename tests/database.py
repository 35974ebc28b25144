"""The test database as live tests need it: what they write is really written."""

import pytest
from django.test.utils import setup_databases


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_modify_db_settings, django_db_blocker):
    """Make the test database, whoever asks for it.

    pytest-django's own fixture makes it only for tests it sees using the database, and a test of a server process does
    not look like one. It ends with its folder: dropping it would only trip over connections still open.
    """
    with django_db_blocker.unblock():
        setup_databases(verbosity=0, interactive=False, keepdb=True, serialized_aliases=[])


@pytest.fixture
def committed(django_db_setup, django_db_blocker):
    """The database with commits that stay, as server processes and other threads must see them.

    Nothing is rolled back or flushed (the default room came with a migration, and running servers hold leases), so
    tests with this fixture make their own people and rooms, by `people` and `unique`, and count nothing global.
    """
    with django_db_blocker.unblock():
        yield
