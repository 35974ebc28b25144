"""A build that trusts every ring to arrive."""

from rooms.hub.hub import Hub

from .swap import swap


async def look_away(self):
    return None


swap(Hub, "_check_heads", look_away)
