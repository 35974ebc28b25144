"""The ASGI application: pages over HTTP, the chat over WebSockets."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")

from django.core.asgi import get_asgi_application

pages = get_asgi_application()  # loads the apps, which the imports below need

from channels.routing import ProtocolTypeRouter  # noqa: E402

from rooms.urls import sockets  # noqa: E402

application = ProtocolTypeRouter({"http": pages, "websocket": sockets})
