"""URLs of the site and of its REST API."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from accounts.api import routers as accounts_api
from common.api.base import make_api, unversioned
from rooms import api as rooms_api

from . import health
from .page_errors import page_errors

api = make_api()
api.add_router("users", accounts_api.users)
api.add_router("tokens", accounts_api.tokens)
api.add_router("", rooms_api.build_router())

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="chat")),
    path("", include("rooms.urls")),
    path("api/v1/", api.urls),
    path("api/<path:rest>", unversioned),
    path("accounts/", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("page-errors/", page_errors, name="page-errors"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("db/alive", health.db_alive),
]
