"""Where the chat is found: pages over HTTP, and the socket."""

from channels.routing import URLRouter
from django.urls import path, re_path

from . import views
from .consumers import ChatConsumer

urlpatterns = [
    path("rooms/", views.chat, name="chat"),
    path("rooms/<int:room_id>/", views.chat, name="room"),
    path("messages/<str:username>/", views.chat, name="conversation"),
    path("users/", views.users, name="users"),
]


async def no_such_socket(scope, receive, send):
    """Any other WebSocket path is refused; without a route Channels would raise."""
    await receive()
    await send({"type": "websocket.close"})


sockets = URLRouter([path("ws/chat/", ChatConsumer.as_asgi()), re_path(r"", no_such_socket)])
