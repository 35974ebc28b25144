"""How far the people of this process have read, and what is new in their rooms while they stand elsewhere."""

import asyncio
import logging
import time
from collections import defaultdict

from django.db import DatabaseError

from common.db.threads import in_database
from rooms.delivery.pubsub import SITE_GROUP
from rooms.models import Room
from rooms.protocol import frames
from rooms.protocol.errors import ChatError

from .queries import Mark, changed_memberships, heads, read

log = logging.getLogger(__name__)

GATHER_SECONDS = 1
LOOK_SECONDS = 3
# How much longer than since the last look a look goes back: a transaction takes its time and then commits.
MARGIN_SECONDS = 12


class Marks:
    """Gathers for a second: one write, one ring to the other processes and one frame a client, however much is said.

    Other processes ring once a second for all their rooms, so no room need be subscribed to; and every few seconds a
    look at the database finds whatever no ring has told.
    """

    def __init__(self, hub):
        self._hub = hub
        self._read = defaultdict(dict)  # user id: {room id: read_seq}, of everybody connected here
        self._readers = defaultdict(set)  # room id: those of them who have been there
        self._heads = {}  # public room id: last_seq, as told
        self._asked = {}  # (user id, room id): Mark, to be written
        self._said = {}  # the same for authors, who read what they say
        self._news = {}  # room id: last_seq, to be told here
        self._own_news = {}  # those of this process, to be told elsewhere
        self._risen = {}  # (user id, room id): read_seq, to be told here
        self._own_risen = {}
        self._unfollowed = set()  # (user id, room id), since the look under way began
        self._stirred = asyncio.Event()
        self._looked_at = time.monotonic()
        self._tasks = [asyncio.ensure_future(loop()) for loop in (self._tell_forever, self._look_forever)]

    # --- Who follows what

    def begin(self, user_id, memberships):
        """Somebody connects, whose memberships were read a moment ago; from now on whatever rises is told."""
        if user_id in self._hub.clients:
            for membership in memberships:
                self._follow(user_id, membership.room, membership.read_seq)

    def remind(self, user_id, in_hello):
        """Somebody has had `hello` with these rooms: the marks of their others, which are too new for it, are told."""
        for room_id, read_seq in self._read.get(user_id, {}).items():
            if room_id in self._heads and room_id not in in_hello:
                self._risen[user_id, room_id] = read_seq
                self._stirred.set()

    def of(self, user_id, room_id):
        """`{last_seq, read_seq}` of a room as it was told last; nothing where they have not been.

        Private conversations tell their `last_seq` themselves, by `events`.
        """
        known = {"last_seq": self._heads.get(room_id), "read_seq": self._read.get(user_id, {}).get(room_id)}
        return {} if known["read_seq"] is None else without_none(known)

    def follow(self, user_id, room, read_seq):
        """Somebody is in a room for the first time (or again): all their clients count it from now on."""
        if user_id in self._hub.clients and room.pk not in self._read[user_id]:
            self._follow(user_id, room, read_seq)
            self._risen[user_id, room.pk] = self._own_risen[user_id, room.pk] = read_seq
            self._stirred.set()

    def _follow(self, user_id, room, read_seq):
        known = self._read[user_id]
        known[room.pk] = max(read_seq, known.get(room.pk, 0))
        self._readers[room.pk].add(user_id)
        if room.kind == Room.Kind.PUBLIC:
            self._heads.setdefault(room.pk, room.last_seq)

    def unfollow(self, user_id, room_id):
        """Nothing of the room reaches this person any more."""
        self._unfollowed.add((user_id, room_id))
        self._risen.pop((user_id, room_id), None)
        if self._read.get(user_id, {}).pop(room_id, None) is not None:
            self._leave(user_id, room_id)

    def end(self, user_id):
        """The last client of somebody is gone."""
        for room_id in self._read.pop(user_id, ()):
            self._leave(user_id, room_id)

    def _leave(self, user_id, room_id):
        self._readers[room_id].discard(user_id)
        if not self._readers[room_id]:
            del self._readers[room_id]

    # --- What happens

    def read(self, user_id, room_id, seq):
        """Somebody has read so far; raises `not_here` for a room they have not been in."""
        known = self._read.get(user_id, {})
        if room_id not in known:
            raise ChatError("not_here")
        held = self._asked.get((user_id, room_id))
        if seq > known[room_id] and (held is None or seq > held.seq):
            self._asked[user_id, room_id] = Mark(user_id, room_id, seq)
            self._stirred.set()

    def said(self, head, messages):
        """This process has stored messages of a room. Runs for every message: it only takes down what to do later."""
        if not head.is_direct and head.last_seq > self._heads.get(head.room_id, 0):
            self._news[head.room_id] = self._own_news[head.room_id] = head.last_seq
        for message in messages:
            if not (message.edited_at or message.erased_at):
                self._read_own(message.author_id, message.room_id, message.seq)
        self._stirred.set()

    def _read_own(self, user_id, room_id, seq):
        """Authors who were up to date still are; their messages that follow each other make one mark."""
        held = self._said.get((user_id, room_id))
        follows = held is not None and held.seq == seq - 1
        self._said[user_id, room_id] = Mark(user_id, room_id, seq, since=held.since if follows else seq - 1)

    def heard(self, ring):
        """What another process has gathered. (Lists, for the channel layer's keys are strings.)"""
        for room_id, last_seq in ring["heads"]:
            if last_seq > self._heads.get(room_id, 0):
                self._news[room_id] = max(last_seq, self._news.get(room_id, 0))
        for user_id, room_id, read_seq in ring["marks"]:
            self._rise(user_id, room_id, read_seq)
        self._stirred.set()

    def _rise(self, user_id, room_id, read_seq):
        """A mark has risen, here or elsewhere; or somebody has entered a room for the first time elsewhere."""
        known = self._read.get(user_id)
        if known is not None and read_seq > known.get(room_id, -1):
            known[room_id] = self._risen[user_id, room_id] = read_seq
            self._readers[room_id].add(user_id)
            self._stirred.set()

    # --- Telling

    async def _tell_forever(self):
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            try:
                await self._write()
                self._ring()
                self._tell()
            except Exception:
                log.exception("Could not tell what is unread; the next look makes good")
            await asyncio.sleep(GATHER_SECONDS)

    async def _write(self):
        """Raise the marks in the database, first those that were asked for: authors may be up to date by them."""
        asked, self._asked = self._asked, {}
        said, self._said = self._said, {}
        if not (asked or said):
            return
        try:
            risen = await in_database(read_all, [asked.values(), said.values()])
        except DatabaseError:
            self._asked, self._said = asked | self._asked, said | self._said
            raise
        for user_id, room_id, read_seq in risen:
            self._own_risen[user_id, room_id] = read_seq
            self._rise(user_id, room_id, read_seq)

    def _ring(self):
        news, self._own_news = self._own_news, {}
        risen, self._own_risen = self._own_risen, {}
        if news or risen:
            marks = [[*key, read_seq] for key, read_seq in risen.items()]
            self._hub.pubsub.ring(SITE_GROUP, {"type": "unread", "heads": list(news.items()), "marks": marks})

    def _tell(self):
        news, self._news = self._news, {}
        risen, self._risen = self._risen, {}
        self._heads.update(news)
        told = self._by_user(news, risen)
        encoded_frames = {}
        for user_id, rooms in told.items():
            for client in self._hub.clients.get(user_id, ()):
                self._tell_client(client, rooms, encoded_frames)

    def _by_user(self, news, risen):
        """`{user id: [(room id, last_seq or None, read_seq or None)]}`."""
        told = defaultdict(list)
        for room_id, last_seq in news.items():
            for user_id in self._readers.get(room_id, ()):
                told[user_id].append((room_id, last_seq, risen.pop((user_id, room_id), None)))
        for (user_id, room_id), read_seq in risen.items():
            told[user_id].append((room_id, self._heads.get(room_id), read_seq))
        return told

    @staticmethod
    def _tell_client(client, rooms, encoded_frames):
        if not client.is_greeted:
            return  # not greeted yet: `hello` will have it all
        key = tuple(room for room in rooms if room[0] != client.room_id or room[2] is not None)
        if key and key not in encoded_frames:
            encoded_frames[key] = frames.EncodedFrame(frames.unread([shape(*room) for room in key]))
        if key:
            client.connection.write(encoded_frames[key])

    # --- What no ring has told

    async def _look_forever(self):
        while True:
            try:
                if self._hub.clients:
                    await self._look()
            except Exception:
                log.exception("Could not look for what is unread; the next look makes good")
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self):
        now, held = time.monotonic(), list(self._heads)
        self._unfollowed.clear()
        found, memberships = await in_database(look, now - self._looked_at + MARGIN_SECONDS)
        self._looked_at = now
        self.heard({"heads": found.items(), "marks": []})
        for room_id in held:
            if room_id not in found:
                self._close(room_id)
        for user_id, room_id, read_seq, listed in memberships:
            if not listed:
                self.unfollow(user_id, room_id)
            elif (user_id, room_id) not in self._unfollowed:
                self._rise(user_id, room_id, read_seq)

    def _close(self, room_id):
        del self._heads[room_id]
        for user_id in list(self._readers.get(room_id, ())):
            self.unfollow(user_id, room_id)


def read_all(rounds):
    return [risen for marks in rounds for risen in read(list(marks))]


def look(seconds):
    return heads(), changed_memberships(seconds)


def shape(room_id, last_seq, read_seq):
    return {"room": room_id} | without_none({"last_seq": last_seq, "read_seq": read_seq})


def without_none(known):
    return {name: value for name, value in known.items() if value is not None}
