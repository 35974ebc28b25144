"""The directory of users over REST."""

import pytest


@pytest.fixture
def ana(people, api_client):
    return api_client(people.ana)


def test_directory_is_paged_and_counts_all_users(people, ana):
    page = ana.get("users", limit=1, after=people.ana.id - 1).json()
    assert page["users"] == [ana.get(f"users/{people.ana.id}").json()]
    assert page["after"] == people.ana.id and page["total"] >= 3
