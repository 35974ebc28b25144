"""The webhook dispatcher in each server process."""

from rooms.client.hub_part import HubPart

from .dispatcher import Courier


class WebhookPart(HubPart):
    """Runs the dispatcher, which works in the one process that holds its lease."""

    def start(self) -> None:
        """Start the dispatcher."""
        self.dispatcher = Courier()

    async def close(self) -> None:
        """Stop it, and release its lease."""
        await self.dispatcher.end()
        await super().close()
