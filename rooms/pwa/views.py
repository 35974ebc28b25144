"""Views of the installable web app: manifest and service worker."""

import json
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.vary import vary_on_headers

from common.version import VERSION

WORKER = Path(settings.BASE_DIR) / "static" / "js" / "pwa" / "service_worker.js"
CACHED_SUFFIXES = (".css", ".js", ".svg")
COLOR_PAPER, COLOR_CLAY = "#fbf7f0", "#a3422b"
# Path, size, purpose: a `maskable` icon may be cropped to the system's shape.
ICONS = [
    ("img/icon-192.png", "192x192", "any"),
    ("img/icon-512.png", "512x512", "any"),
    ("img/icon-maskable-512.png", "512x512", "maskable"),
]


@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """The service worker, at the root because its scope is the whole site; its text differs in every release."""
    return HttpResponse(worker_source(), content_type="text/javascript; charset=utf-8")


@cache
def worker_source() -> str:
    """The worker's code after a line of constants: the version of the static files, and the ones to cache."""
    version = getattr(staticfiles_storage, "manifest_hash", "") or VERSION
    # Only fingerprinted URLs: others would be the same in another release.
    names = [] if settings.DEBUG else sorted(getattr(staticfiles_storage, "hashed_files", {}))
    files = [static(name) for name in names if name.endswith(CACHED_SUFFIXES) and not name.startswith("admin/")]
    known = {"version": version, "files": files, "static": settings.STATIC_URL, "start": reverse("chat")}
    return f"const KNOWN = {json.dumps(known)};\n{WORKER.read_text()}"


@cache_control(max_age=3600)
@vary_on_headers("Accept-Language", "Cookie")
def manifest(request: HttpRequest) -> JsonResponse:
    """The web app manifest, in the request's language."""
    return JsonResponse(
        {
            "id": "/",
            "name": "Tertulia",
            "short_name": "Tertulia",
            "description": _("A place to talk"),
            "lang": get_language(),
            "start_url": reverse("chat"),
            "scope": "/",
            "display": "standalone",
            "background_color": COLOR_PAPER,
            "theme_color": COLOR_CLAY,
            "categories": ["social"],
            "icons": [
                {"src": static("img/mark.svg"), "sizes": "any", "type": "image/svg+xml"},
                *(
                    {"src": static(path), "sizes": sizes, "type": "image/png", "purpose": purpose}
                    for path, sizes, purpose in ICONS
                ),
            ],
            "shortcuts": [{"name": _("People"), "url": reverse("users")}],
        },
        content_type="application/manifest+json",
    )
