"""Who is writing just now: worth something for a moment, so the first thing to be dropped."""

import time

from rooms.delivery.rate_limit import Bucket
from rooms.protocol import frames

REPEAT_SECONDS = 2
CROWD = 100  # clients in a room: among more, somebody always writes
TOLD_A_SECOND, TOLD_AT_ONCE = 20, 40
REMEMBERED = 1000


class Typists:
    """Passes on that somebody writes. Nothing waits here, nothing is stored, and clients forget by themselves."""

    def __init__(self, hub):
        self._hub = hub
        self._told_at = {}  # (room id, user id): monotonic time
        self._rate = Bucket(TOLD_A_SECOND, TOLD_AT_ONCE)

    def type_in(self, user, room_id, other_ids):
        """`user` writes in a room; `other_ids` is the other one, if it is a private conversation."""
        if self._is_worth_telling(room_id, user.pk):
            ring = {"type": "typing", "room": room_id, "user": user.to_dict()}
            self.heard(ring)
            for group in [f"user.{pk}" for pk in other_ids] or [f"room.{room_id}"]:
                self._hub.pubsub.whisper(group, ring)

    def _is_worth_telling(self, room_id, user_id):
        now, key = time.monotonic(), (room_id, user_id)
        if now - self._told_at.get(key, 0) < REPEAT_SECONDS or self._hub.outbox.is_pressed or not self._rate.try_take():
            return False
        if len(self._told_at) >= REMEMBERED:
            self._told_at.clear()
        self._told_at[key] = now
        return True

    def heard(self, ring):
        """Somebody writes, here or elsewhere: tell those in the room whose line is free."""
        listeners = self._hub.listeners(ring["room"])
        if len(listeners) <= CROWD:
            encoded = frames.EncodedFrame(frames.typing(ring["room"], [ring["user"]]))
            for client in listeners:
                if client.user.pk != ring["user"]["id"] and ring["user"]["id"] not in client.blocked:
                    client.connection.whisper(encoded)
