"""Delays of server frames, controlled by a test."""

import json
import re


class DelayedFrames:
    """Holds frames that the server sends to a page: `held = await DelayedFrames.on(page)`, before it is opened."""

    def __init__(self):
        self._kind, self._alone, self._kept, self._page = None, False, [], None

    @classmethod
    async def on(cls, page):
        held = cls()
        await page.route_web_socket(re.compile(r"/ws/chat/"), held._connect)
        return held

    def _connect(self, page):
        self._page = page
        page.connect_to_server().on_message(self._pass)

    def _pass(self, message):
        follows = self._kept and not self._alone
        if follows or json.loads(message)["type"] == self._kind:
            self._kept.append(message)
        else:
            self._page.send(message)

    def hold(self, kind, *, alone=False):
        """Hold all frames from the next one of type `kind` on; `alone`: that type only, as from a slow server."""
        self._kind, self._alone = kind, alone

    def release(self):
        kept, self._kept, self._kind = self._kept, [], None
        for message in kept:
            self._page.send(message)
