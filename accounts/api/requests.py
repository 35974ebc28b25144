"""Requests to the REST interface."""

from django.http import HttpRequest

from accounts.models import User


class SignedInRequest(HttpRequest):
    """A request after authentication (`accounts.api.auth`)."""

    auth: User
