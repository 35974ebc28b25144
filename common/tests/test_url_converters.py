"""Numbers that no row can have as its key, in every address that takes something."""

import re

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver
from django.urls.converters import IntConverter

from tests.people import sign_up

pytestmark = pytest.mark.django_db
TOO_GREAT = [str(2**63), "9" * 20, "0" * 20 + "9" * 25]
WAYS = ["get", "post", "put", "patch", "delete"]


def routes(patterns, prefix="/", above=()):
    """`(route, converters)` of each address with something to fill in, but for the admin's."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        converters = [*above, *getattr(pattern.pattern, "converters", {}).values()]
        if isinstance(pattern, URLResolver) and route != "/admin/":
            yield from routes(pattern.url_patterns, route, converters)
        elif converters:
            yield route, converters


ROUTES = dict(routes(get_resolver().url_patterns))
WITH_NUMBERS = {route for route, own in ROUTES.items() if any(isinstance(one, IntConverter) for one in own)}


@pytest.mark.parametrize("number", TOO_GREAT)
def test_a_number_that_no_row_can_have_is_not_there(number):
    client = Client(raise_request_exception=False)
    client.force_login(sign_up("luz").user)
    answers = {}
    for route in ROUTES:
        for way in WAYS:
            body = {"level": "all"} if way == "post" else None
            answers[way, route] = getattr(client, way)(re.sub("<[^>]*>", number, route), body).status_code
    assert {asked for asked, status in answers.items() if status >= 500} == set()
    assert {status for (_way, route), status in answers.items() if route in WITH_NUMBERS} == {404}
