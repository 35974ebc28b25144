"""Numbers greater than any primary key, in every URL with parameters."""

import re

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver
from django.urls.converters import IntConverter

from tests.people import sign_up

pytestmark = pytest.mark.django_db
TOO_GREAT_KEYS = [str(2**63), "9" * 20, "0" * 20 + "9" * 25]
METHODS = ["get", "post", "put", "patch", "delete"]


def routes(patterns, prefix="/", above=()):
    """Yield `(route, converters)` of each URL pattern with parameters, except the admin's."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        converters = [*above, *getattr(pattern.pattern, "converters", {}).values()]
        if isinstance(pattern, URLResolver) and route != "/admin/":
            yield from routes(pattern.url_patterns, route, converters)
        elif converters:
            yield route, converters


ROUTES = dict(routes(get_resolver().url_patterns))
WITH_NUMBERS = {route for route, own in ROUTES.items() if any(isinstance(one, IntConverter) for one in own)}


@pytest.mark.parametrize("number", TOO_GREAT_KEYS)
def test_key_beyond_bigint_is_404_everywhere(number):
    client = Client(raise_request_exception=False)
    client.force_login(sign_up("luz").user)
    answers = {}
    for route in ROUTES:
        for method in METHODS:
            body = {"level": "all"} if method == "post" else None
            answers[method, route] = getattr(client, method)(re.sub("<[^>]*>", number, route), body).status_code
    assert {call for call, status in answers.items() if status >= 500} == set()
    assert {status for (_method, route), status in answers.items() if route in WITH_NUMBERS} == {404}
