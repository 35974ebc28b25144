"""Django's ASGI handler without the reference cycles that keep an answered request in memory.

Reference cycles wait for the garbage collector, whose full collection stops the event loop: for 0.1 s after some
thousand requests.
"""

import asyncio

from django.core.handlers.asgi import ASGIHandler, ASGIRequest

from .asgi_types import Event, Receive, Scope, Send

CYCLIC_ATTRIBUTES = ("user", "auser", "_messages")  # each refers to the request


class AcyclicRequest(ASGIRequest):
    """A request that drops its reference cycles when it is closed."""

    def close(self) -> None:
        """Close the request's files and drop its reference cycles."""
        super().close()
        for name in CYCLIC_ATTRIBUTES:
            vars(self).pop(name, None)


class AcyclicASGIHandler(ASGIHandler):
    """Django's handler, which does not see a client disconnect after the last byte of its response."""

    request_class = AcyclicRequest

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        is_answered = False

        async def send_and_watch_end(event: Event) -> None:
            nonlocal is_answered
            is_answered = event["type"] == "http.response.body" and not event.get("more_body")
            await send(event)

        async def receive_until_answered() -> Event:
            event = await receive()
            if is_answered:
                # Django would turn the disconnect into an exception whose traceback refers to its own task: a cycle.
                await asyncio.get_running_loop().create_future()  # Django cancels this when the request has ended
            return event

        await super().handle(scope, receive_until_answered, send_and_watch_end)
