"""Which rooms a client has on its list: all but those that its person has put away, or is kept out of."""

import asyncio
from typing import Any

from django.utils.translation import override

from rooms.presence import notices
from rooms.protocol import frames


class Listing:
    """What a `Client` is told of rooms that come and go for its person alone."""

    hub: Any
    user: Any
    connection: Any
    room_id: Any
    _moving: asyncio.Lock
    move_to_default: Any

    def _begin_list(self, put_away=(), kept_out=(), look=0):
        self._put_away = set(put_away)  # ids of rooms
        self._kept_out = set(kept_out)
        self.hidden = self._put_away | self._kept_out
        self._look = look  # the number of the last of `Order` that is followed here

    @property
    def is_greeted(self):
        """Whether `hello` has been said, which comes before everything else."""
        return self.room_id is not None

    def knows(self, kept_out, look):
        """Whether it is no news to this client which rooms it is kept out of; an older look is none from then on."""
        if self._moving.locked():
            return False
        if self._kept_out == kept_out.keys():
            self._look = max(look, self._look)
        return look <= self._look

    async def keep_out(self, kept_out, look):
        """By that look, this person is kept out of these rooms, `{id: Membership}`, and of no others any more.

        Nothing more of them reaches them. A look that began before what this client follows already changes nothing.
        """
        if look > self._look:
            self._let_go(kept_out.keys() - self._kept_out)
        async with self._moving:  # whoever was about to enter is in there only now
            if look <= self._look:
                return
            self._look = look
            closed, opened = kept_out.keys() - self._kept_out, self._kept_out - kept_out.keys()
            self._let_go(closed)
            for room_id in closed:
                self._tell_dismissal(kept_out[room_id])
            self._put_away -= closed  # they come back as if for the first time
            self._kept_out = set(kept_out)
            self.hidden = self._put_away | self._kept_out
            self._show(opened - self.hidden)
        for room_id in closed:
            await self.move_to_default(room_id)

    def _let_go(self, room_ids):
        for room_id in room_ids:
            self.hub.leave(self, room_id)
            self.hub.marks.unfollow(self.user.pk, room_id)

    def _tell_dismissal(self, membership):
        room = membership.room
        if self.is_greeted and (room.pk not in self.hidden or room.pk == self.room_id):
            with override(self.connection.language):
                self.connection.tell(frames.room_gone(room.pk, room.title, "removed", notices.removed(membership)))

    def _show(self, room_ids):
        """They are on the list again; one that is too new for the lobby it tells of by itself, once it is seen."""
        if not self.is_greeted:
            return
        with override(self.connection.language):
            cards = self.hub.lobby.seen.cards(room_ids)
        if cards:
            self.connection.tell(frames.rooms(cards))

    async def relist(self, room_id, name, is_hidden):
        """By what this person did on one of their clients, a room is off their list or on it again."""
        async with self._moving:  # not while it is being greeted
            if not self.is_greeted or is_hidden == (room_id in self.hidden):
                return
            if is_hidden:
                self._put_away_room(room_id, name)
            else:
                self._unhide(room_id)
                self._show([room_id])
        if is_hidden:
            await self.move_to_default(room_id)

    def _put_away_room(self, room_id, name):
        self._put_away.add(room_id)
        self.hidden.add(room_id)
        self.hub.marks.unfollow(self.user.pk, room_id)
        with override(self.connection.language):
            self.connection.tell(frames.room_gone(room_id, name, "hidden", notices.hidden(name)))

    def _unhide(self, room_id):
        for rooms in (self._put_away, self._kept_out, self.hidden):
            rooms.discard(room_id)
