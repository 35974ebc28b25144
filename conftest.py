"""Fixtures for the tests of every app."""

pytest_plugins = [
    "tests.database",
    "tests.middleware",
    "tests.servers",
    "tests.people",
    "tests.clients",
    "tests.api_clients",
    "tests.hubs",
    "tests.staff_pages",
    "tests.receivers",
]
