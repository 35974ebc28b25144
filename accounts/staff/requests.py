"""Requests to the staff site."""

from typing import cast

from django.http import HttpRequest

from accounts.models import User


def staff_user(request: HttpRequest) -> User:
    """The signed-in member of staff; every page of the staff site requires one."""
    return cast(User, request.user)
