"""Django's own part of the application, which lets go of what it can of a request when it is answered.

Objects that hold each other are there until Python's search for garbage finds them, and the more it has to look at,
the longer it holds everybody up: for a tenth of a second after some thousand requests.
"""

import asyncio

from django.core.handlers.asgi import ASGIHandler, ASGIRequest

HOLDERS = ("user", "auser", "_messages")  # of the request that holds them


class Request(ASGIRequest):
    def close(self):
        super().close()
        for name in HOLDERS:
            vars(self).pop(name, None)


class Pages(ASGIHandler):
    request_class = Request

    async def handle(self, scope, receive, send):
        is_answered = False

        async def send_and_note(event):
            nonlocal is_answered
            is_answered = event["type"] == "http.response.body" and not event.get("more_body")
            await send(event)

        async def receive_while_it_matters():
            """That the client is gone after its answer; Django would make it an exception that holds its own task."""
            event = await receive()
            if is_answered:
                await asyncio.get_running_loop().create_future()  # until Django asks no more
            return event

        await super().handle(scope, receive_while_it_matters, send_and_note)
