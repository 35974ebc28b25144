"""How REST calls show whose they are: by a token, or by the session of a browser."""

from django.conf import settings
from django.utils import translation
from ninja.security import HttpBearer
from ninja.security.apikey import APIKeyCookie
from ninja.utils import check_csrf

from accounts.models import Token
from common.errors import ExpectedError

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class BearerToken(HttpBearer):
    """`Authorization: Bearer <token>`; a token that does not hold is never answered by a session beside it."""

    def authenticate(self, request, token):
        found = Token.of(token)
        if found is None:
            raise ExpectedError("bad_token")
        if not found.may_write and request.method not in SAFE_METHODS:
            raise ExpectedError("read_only_token")
        request.user = found.user
        if found.user.language:
            translation.activate(found.user.language)
        return found.user


class OwnSession(APIKeyCookie):
    """The session of a browser that shows a page of this site; changes need its CSRF token."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self):
        super().__init__(csrf=False)  # checked below: ninja would check it of those who are not even signed in

    def authenticate(self, request, key):
        if not request.user.is_authenticated:
            return None
        if check_csrf(request):
            raise ExpectedError("csrf")
        return request.user


signed_in = [BearerToken(), OwnSession()]
