"""URLs of the chat: pages over HTTP, the WebSocket, and event streams for clients that cannot use WebSockets."""

from typing import Any

from channels.routing import URLRouter
from django.urls import path, re_path
from django.views.generic import RedirectView

from common import url_converters as url_converters  # makes `<key:…>` known to the paths below
from common.http.asgi_types import Receive, Scope, Send
from rooms.export.views import own_data
from rooms.gateway.consumer import ChatConsumer

from . import views
from .gateway import event_stream
from .pwa import views as install

urlpatterns = [
    path("rooms/", views.chat, name="chat"),
    path("rooms/<key:room_id>/", views.chat, name="room"),
    path("rooms/<key:room_id>/level/", views.choose_level, name="level"),
    path("messages/<str:username>/", views.chat, name="conversation"),
    path("service-worker.js", install.service_worker, name="service-worker"),
    path("manifest.webmanifest", install.manifest, name="manifest"),
    path("lab/", views.lab, name="lab"),
    path("users/", views.users, name="users"),
    path("own-data.<str:format>", own_data, name="own-data"),
    path("front/users", RedirectView.as_view(pattern_name="users")),
    path("front/messages/<key:user_id>", views.own_conversation),
]


async def no_such_socket(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse any other WebSocket path; without a route Channels would raise."""
    await receive()
    await send({"type": "websocket.close"})


def over_http(pages: Any) -> URLRouter:
    """The event streams, and the ASGI application `pages` for everything else."""
    stream: Any = event_stream.event_stream  # ASGI applications, which Django's own `path` is not typed for
    post: Any = event_stream.post
    return URLRouter([path("sse/", stream), path("sse/<str:name>/", post), re_path(r"", pages)])


refuse: Any = no_such_socket
sockets = URLRouter([path("ws/chat/", ChatConsumer.as_asgi()), re_path(r"", refuse)])
