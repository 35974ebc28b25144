"""Light or dark, as the system has it or as one has chosen: in the profile, or in a cookie of who is not signed in."""

from django.conf import settings
from django.http import HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.models.user import Theme

COOKIE = f"{settings.COOKIE_PREFIX}theme"
COOKIE_SECONDS = 365 * 24 * 3600
ICONS = {Theme.SYSTEM.value: "system", Theme.LIGHT.value: "light", Theme.DARK.value: "dark"}


def theme(request):
    """For every page's template: `theme` (empty: the system's) and the `themes` to choose from."""
    themes = [{"value": value, "label": label, "icon": ICONS[Theme(value)]} for value, label in Theme.choices]
    return {"theme": theme_of(request), "themes": themes}


def theme_of(request):
    chosen = request.COOKIES.get(COOKIE, "")
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        chosen = user.theme
    return chosen if chosen in Theme.values else Theme.SYSTEM


@require_POST
def choose_theme(request):
    chosen = request.POST.get("theme", "")
    answer = HttpResponseRedirect(way_back(request))
    if chosen not in Theme.values:
        return answer
    if request.user.is_authenticated:
        request.user.theme = chosen
        request.user.save(update_fields=["theme"])
    answer.set_cookie(COOKIE, chosen, max_age=COOKIE_SECONDS, samesite="Lax", secure=settings.HTTPS, httponly=True)
    return answer


def way_back(request):
    """`next`, if that is on this site."""
    url = request.POST.get("next", "")
    own = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if own else resolve_url("chat")
