"""Password authentication with rate limits that no stranger can use to lock an account."""

from typing import TypeVar

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.digest import digest_of
from accounts.hashing.hashers import check_queue
from common import names
from common.errors import ExpectedError
from common.http.client_address import network_of

from .models import Attempt, Invitation, User

# All of them within `Attempt.WINDOW`. A pair is a name and an address.
FAILURES_PER_PAIR, FAILURES_PER_ADDRESS, FAILURES_PER_NAME, FAILURES_IN_TOTAL = 10, 60, 100, 3000
CHANGES_PER_SESSION, CHANGES_PER_USER = 10, 30
SIGN_UPS_PER_ADDRESS, SIGN_UPS_IN_TOTAL = 60, 1000
COOKIE = f"{settings.COOKIE_PREFIX}known"
SALT = "known"
COOKIE_SECONDS = 365 * 24 * 3600

ResponseT = TypeVar("ResponseT", bound=HttpResponseBase)


def authenticate_throttled(request: HttpRequest, username: str, password: str) -> User | None:
    """The user with this name and password, or None. Raises `slow_down` before anything is hashed."""
    limits = sign_in_limits(request, username)
    if not is_known_browser(request, username):
        check_queue()
    # Recorded before the slow hash, or concurrent attempts would all pass; undone on success.
    attempts = Attempt.acquire(limits)
    user = authenticate(request, username=username, password=password)
    if user is not None:
        Attempt.undo(attempts)
        Attempt.reset([next(iter(limits))])
    return user


def sign_in_limits(request: HttpRequest, username: str) -> dict[str, int]:
    """`{key: limit}`, the narrowest first; equal for names that exist and names that do not.

    A browser that this account was signed in by before has a limit of its own: a stranger's attempts do not lock
    the owner out.
    """
    if is_known_browser(request, username):
        return {f"known {request.COOKIES[COOKIE]}": FAILURES_PER_PAIR}
    name, address = f"name {names.key(username)}", f"address {network_of(request)}"
    narrow = {f"{name} {address}": FAILURES_PER_PAIR, address: FAILURES_PER_ADDRESS, name: FAILURES_PER_NAME}
    return {**narrow, "sign-in": FAILURES_IN_TOTAL}


def is_known_browser(request: HttpRequest, username: str) -> bool:
    """Whether this account was signed in by this browser before, by a signed cookie."""
    value = request.get_signed_cookie(COOKIE, default=None, salt=SALT, max_age=COOKIE_SECONDS)
    return value is not None and value == digest_of(names.key(username))


def remember_browser(response: ResponseT, user: User) -> ResponseT:
    """Set the cookie of `is_known_browser`. It authenticates nobody: it only selects another rate limit."""
    response.set_signed_cookie(
        COOKIE,
        digest_of(names.key(user.username)),
        salt=SALT,
        max_age=COOKIE_SECONDS,
        samesite="Lax",
        secure=settings.HTTPS,
        httponly=True,
    )
    return response


def password_reset_path(user: User) -> str:
    """The path where this user can set a new password without the old one: once, until `PASSWORD_RESET_TIMEOUT`."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("new-password", args=[uid, default_token_generator.make_token(user)])


def refuse_sign_up(invitation: str) -> None:
    """Raise `sign_up_closed` or `sign_up_by_invitation` unless `REGISTRATION` allows a sign-up with this secret."""
    if settings.REGISTRATION == "nobody":
        raise ExpectedError("sign_up_closed")
    if settings.REGISTRATION == "invitation" and not Invitation.usable(invitation).exists():
        raise ExpectedError("sign_up_by_invitation")


def throttle_sign_up(request: HttpRequest) -> None:
    """Record a sign-up from the client's address; raises `slow_down`, also if too many hashes are queued."""
    check_queue()
    throttle_account_creation(request)


def throttle_account_creation(request: HttpRequest) -> None:
    """Record a new account, such as a bot's, from the client's address; raises `slow_down`."""
    Attempt.acquire({f"sign-up {network_of(request)}": SIGN_UPS_PER_ADDRESS, "sign-up": SIGN_UPS_IN_TOTAL})
