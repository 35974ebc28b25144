"""Typed access to the signed-in user of a request."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.models import User


def current_user(request: HttpRequest) -> User:
    """The signed-in user. Raises PermissionDenied for a visitor: for views that admit signed-in users only."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
