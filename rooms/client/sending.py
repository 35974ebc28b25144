"""What is said through one client, and what else others hear of its person."""

import time
from typing import Any

from rooms.delivery import metrics
from rooms.log.drafts import Draft, MessageEdit, MessageErasure
from rooms.protocol import frames
from rooms.protocol.errors import ChatError


class Speaking:
    """What a `Client` puts into the outbox; `ack` or `error` follows, by the frame's id."""

    hub: Any
    user: Any
    connection: Any
    room_id: Any
    _conversations: dict

    def say(self, text, client_id, room_id=None):
        """Raises what `Draft` and the outbox raise."""
        self._put(Draft(self.user.pk, self.room_id if room_id is None else room_id, client_id, text), str(client_id))

    def edit(self, room_id, seq, text, frame_id):
        """As `say`, for another text of one's own message."""
        self._put(MessageEdit(self.user.pk, room_id, seq, text), frame_id)

    def erase(self, room_id, seq, frame_id):
        """As `say`, for taking back one's own message."""
        self._put(MessageErasure(self.user.pk, room_id, seq), frame_id)

    def _put(self, draft, frame_id):
        began = time.perf_counter()
        self.hub.outbox.put(draft, lambda outcome: self._answer(frame_id, outcome, began))

    def _answer(self, frame_id, outcome, began):
        metrics.ack_seconds.note(time.perf_counter() - began)
        if isinstance(outcome, ChatError):
            self.connection.refuse(outcome, frame_id)
        else:
            self.connection.tell(frames.ack(outcome, frame_id))

    def read(self, room_id, seq):
        """The person has read so far; all their clients hear of it. Raises `not_here`."""
        self.hub.marks.read(self.user.pk, room_id, seq)

    def type_in(self, room_id):
        """Let others see for a moment that this person writes, if they may; raises `not_here`."""
        others = self._others_in(room_id)
        if self.user.pk not in self.hub.lobby.seen.muted.get(room_id, ()):
            self.hub.typists.type_in(self.user, room_id, others)

    def _others_in(self, room_id):
        """Whose clients, beside those standing there, listen to a room: the other one of a private conversation."""
        conversation = self._conversations.get(room_id)
        if room_id != self.room_id and conversation is None:
            raise ChatError("not_here")
        return [conversation.other.pk] if conversation and conversation.other else []
