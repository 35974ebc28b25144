"""Authentication of REST calls: by a bearer token, or by the session of a browser."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from ninja.security import HttpBearer
from ninja.security.apikey import APIKeyCookie
from ninja.utils import check_csrf

from accounts.models import Token, User
from common.errors import ExpectedError

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class BearerToken(HttpBearer):
    """`Authorization: Bearer <token>`. An invalid token is an error, even beside a valid session."""

    def authenticate(self, request: HttpRequest, token: str) -> User:
        found = Token.authenticate(token)
        if found is None:
            raise ExpectedError("bad_token")
        if not found.may_write and request.method not in SAFE_METHODS:
            raise ExpectedError("read_only_token")
        request.user = found.user
        if found.user.language:
            translation.activate(found.user.language)
        return found.user


class BrowserSession(APIKeyCookie):
    """The session of a browser on one of this site's pages; unsafe methods need its CSRF token."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self) -> None:
        super().__init__(csrf=False)  # ninja would check it before authentication, and hide `not_signed_in`

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        user = request.user
        if not isinstance(user, User):
            return None
        if check_csrf(request):
            raise ExpectedError("csrf")
        return user


# Its name in the OpenAPI document, which ninja takes from the class.
BrowserSession.__name__ = "OwnSession"

signed_in: list[Any] = [BearerToken(), BrowserSession()]
