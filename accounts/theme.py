"""The colour theme: the profile's choice, or for visitors that of a cookie."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.models.user import Theme

COOKIE = f"{settings.COOKIE_PREFIX}theme"
COOKIE_SECONDS = 365 * 24 * 3600
ICONS = {Theme.SYSTEM.value: "system", Theme.LIGHT.value: "light", Theme.DARK.value: "dark"}


def theme(request: HttpRequest) -> dict[str, object]:
    """The context processor of `theme` (empty: as the system) and `themes`, the choices."""
    themes = [{"value": value, "label": label, "icon": ICONS[Theme(value)]} for value, label in Theme.choices]
    return {"theme": theme_of(request), "themes": themes}


def theme_of(request: HttpRequest) -> str:
    """The theme of the user, or of the visitor's cookie; the system's for anything unknown."""
    user = getattr(request, "user", None)
    chosen = user.theme if isinstance(user, User) else request.COOKIES.get(COOKIE, "")
    return chosen if chosen in Theme.values else Theme.SYSTEM


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Store the theme in the profile and in the cookie; redirects to `next`."""
    chosen = request.POST.get("theme", "")
    response = HttpResponseRedirect(next_url(request))
    if chosen not in Theme.values:
        return response
    if isinstance(request.user, User):
        request.user.theme = chosen
        request.user.save(update_fields=["theme"])
    response.set_cookie(COOKIE, chosen, max_age=COOKIE_SECONDS, samesite="Lax", secure=settings.HTTPS, httponly=True)
    return response


def next_url(request: HttpRequest) -> str:
    """The form's `next`, if it is on this site; else the chat."""
    url = request.POST.get("next", "")
    is_safe = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if is_safe else resolve_url("chat")
