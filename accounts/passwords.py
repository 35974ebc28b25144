"""Trying passwords: so often by one address and for one name, and never so that a stranger locks somebody out."""

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.hashing.hashers import check_queue
from accounts.models.attempt import key_of
from common import names
from common.errors import ExpectedError
from common.http.client_address import network_of

from .models import Attempt, Invitation

FAILURES_OF_PAIR, FAILURES_OF_ADDRESS, FAILURES_OF_NAME, FAILURES_OF_ALL = 10, 60, 100, 3000
CHANGES_OF_SESSION, CHANGES_OF_USER = 10, 30
SIGN_UPS_OF_ADDRESS, SIGN_UPS_OF_ALL = 60, 1000
COOKIE = f"{settings.COOKIE_PREFIX}known"
SALT = "known"
COOKIE_SECONDS = 365 * 24 * 3600


def user_by_password(request, username, password):
    """The user with that name and password, or None; raises `slow_down` before anything is hashed.

    Counted before the slow hash, or many tries at once would all pass; what succeeds is taken back.
    """
    limits = limits_of(request, username)
    if not is_known(request, username):
        check_queue()
    tries = Attempt.take(limits)
    user = authenticate(request, username=username, password=password)
    if user is not None:
        Attempt.take_back(tries)
        Attempt.forget([next(iter(limits))])
    return user


def limits_of(request, username):
    """`{what: most}`, the narrowest first, the same for names that exist and names that do not.

    A browser in which this account was signed in before counts by itself: no stranger's tries keep its owner out.
    """
    if is_known(request, username):
        return {f"known {request.COOKIES[COOKIE]}": FAILURES_OF_PAIR}
    name, address = f"name {names.key(username)}", f"address {network_of(request)}"
    narrow = {f"{name} {address}": FAILURES_OF_PAIR, address: FAILURES_OF_ADDRESS, name: FAILURES_OF_NAME}
    return {**narrow, "sign-in": FAILURES_OF_ALL}


def is_known(request, username):
    given = request.get_signed_cookie(COOKIE, default=None, salt=SALT, max_age=COOKIE_SECONDS)
    return given is not None and given == key_of(names.key(username))


def remember(response, user):
    """Let this browser be known as one of the user's; the cookie lets nobody in, it only counts apart."""
    value = key_of(names.key(user.username))
    options = {"max_age": COOKIE_SECONDS, "samesite": "Lax", "secure": settings.HTTPS, "httponly": True}
    response.set_signed_cookie(COOKIE, value, salt=SALT, **options)
    return response


def new_password_path(user):
    """Where this user can set a new password without the old one: once, until `PASSWORD_RESET_TIMEOUT`."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("new-password", args=[uid, default_token_generator.make_token(user)])


def refuse_sign_up(invitation):
    """Raise `sign_up_closed`, or `sign_up_by_invitation`, if by this secret nobody may have an account."""
    if settings.REGISTRATION == "nobody":
        raise ExpectedError("sign_up_closed")
    if settings.REGISTRATION == "invitation" and not Invitation.holding(invitation).exists():
        raise ExpectedError("sign_up_by_invitation")


def note_sign_up(request):
    """Count one more account from there; raises `slow_down`."""
    check_queue()
    note_account(request)


def note_account(request):
    """The same for an account without a password, such as a bot's."""
    Attempt.take({f"sign-up {network_of(request)}": SIGN_UPS_OF_ADDRESS, "sign-up": SIGN_UPS_OF_ALL})
