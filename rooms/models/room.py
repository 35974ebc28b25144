"""Rooms: public rooms and private conversations, each with the head of its log."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypedDict

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from accounts.models import User
from common import names
from rooms.protocol.errors import ChatError
from rooms.protocol.schemas import PublicRoomCard

from . import rights
from .locked import split_pair_key
from .membership import Membership
from .message import isoformat_ms, validate_text

NAME_CHARACTERS = 50
TOPIC_CHARACTERS = 250
NAME_KEY_CHARACTERS = 1000  # the skeleton of one character can be many characters
DEFAULT_NAME = _("Main")


def new_epoch() -> str:
    return secrets.token_hex(4)


class Room(models.Model):
    """A public room, or the private conversation of two users (`kind` direct).

    - `last_seq` counts messages and `version` counts changes; `rooms.log.batch.write` takes both under the row's lock.
    - `epoch` identifies the log: a new one tells readers that their cursor is void. Versions up to `floor` may have
      been deleted.
    - `owner_gone_at` is the start of a temporary room's countdown, while its owner is offline.
    """

    class Kind(models.TextChoices):
        PUBLIC = "public", _("public")
        DIRECT = "direct", _("private conversation")

    kind = models.CharField(_("kind"), max_length=6, choices=Kind, default=Kind.PUBLIC)
    name = models.CharField(_("name"), max_length=NAME_CHARACTERS, blank=True)
    name_key = models.CharField(max_length=NAME_KEY_CHARACTERS, blank=True, editable=False)
    name_look = models.CharField(max_length=NAME_KEY_CHARACTERS, blank=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="owned_rooms",
        verbose_name=_("owner"),
    )
    is_default = models.BooleanField(_("default room"), default=False, editable=False)
    permanent = models.BooleanField(_("permanent"), default=False)
    pair_key = models.CharField(max_length=41, null=True, unique=True, editable=False)  # noqa: DJ001 (NULLs are not equal)
    epoch = models.CharField(max_length=8, default=new_epoch, editable=False)
    last_seq = models.PositiveBigIntegerField(_("messages"), default=0, editable=False)
    version = models.PositiveBigIntegerField(default=0, editable=False)
    floor = models.PositiveBigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    topic = models.CharField(_("topic"), max_length=TOPIC_CHARACTERS, blank=True, default="", db_default="")
    slow_seconds = models.PositiveSmallIntegerField(_("seconds between messages"), default=0, db_default=0)
    owner_gone_at = models.DateTimeField(_("without its owner since"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("closed by"),
    )

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        indexes = [models.Index(fields=["closed_at"], name="room_by_closing")]
        constraints = [
            models.UniqueConstraint(
                fields=["name_key"], condition=Q(kind="public", closed_at=None), name="one_open_room_of_a_name"
            ),
            models.UniqueConstraint(
                fields=["name_look"], condition=Q(kind="public", closed_at=None), name="one_open_room_of_a_look"
            ),
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="one_default_room"),
        ]

    def __str__(self) -> str:
        return self.title

    # --- Finding rooms

    @classmethod
    def open(cls) -> QuerySet["Room"]:
        return cls.objects.filter(closed_at=None)

    @classmethod
    def public(cls) -> QuerySet["Room"]:
        """Open public rooms, the default one first, then by name, owners loaded."""
        return cls.open().filter(kind=cls.Kind.PUBLIC).select_related("owner").order_by("-is_default", "name_key")

    @classmethod
    def temporary(cls) -> QuerySet["Room"]:
        """Open rooms that close when their owner stays away."""
        return cls.open().filter(kind=cls.Kind.PUBLIC, permanent=False, is_default=False)

    @classmethod
    def default(cls) -> "Room":
        return cls.objects.get(is_default=True)

    @classmethod
    def named(cls, user: User, name: str) -> "Room":
        """The open public room with this or a confusable name that `user` can see; raises `no_room`."""
        room = cls.public().filter(rights.visible_to(user), name_filter(name)).first()
        if room is None:
            raise ChatError("no_room", name=names.quotable(name))
        return room

    @classmethod
    def visible_to(cls, user: User, room_id: int, **filters: Any) -> "Room":
        """The open room with this id that `user` can see; `no_such_room` for hidden and missing rooms alike."""
        room = cls.open().select_related("owner").filter(rights.visible_to(user), pk=room_id, **filters).first()
        if room is None:
            raise ChatError("no_such_room")
        return room

    @classmethod
    def public_to(cls, user: User, room_id: int) -> "Room":
        """`visible_to` for public rooms only."""
        return cls.visible_to(user, room_id, kind=cls.Kind.PUBLIC)

    # --- Opening rooms

    @classmethod
    def create(cls, owner: User, name: str) -> "Room":
        """A new public room; raises `rooms_by_staff`, `bad_name`, `room_taken` or `too_many_rooms`."""
        rights.require_room_creation(owner)
        room = cls(owner=owner, **name_fields(name))
        with refusing_taken_name(room):
            rights.require_below_room_limit(owner, cls.temporary())
            room.save()
        return room

    @classmethod
    def between(cls, one: User, other: User) -> "Room":
        """The private conversation of two users, created on first use; idempotent in a race of both users."""
        if one.pk == other.pk:
            raise ChatError("private_to_self")
        key = "-".join(str(pk) for pk in sorted([one.pk, other.pk]))
        with transaction.atomic():
            room, is_new = cls.objects.get_or_create(
                pair_key=key, defaults={"kind": cls.Kind.DIRECT, "permanent": True}
            )
            if is_new:
                for user in (one, other):
                    room.membership_set.create(user=user)
        return room

    # --- A room

    @property
    def title(self) -> str:
        """The displayed name; the default room's is a setting, or else in the active language."""
        if self.is_default:
            return settings.DEFAULT_ROOM_NAME or str(DEFAULT_NAME)
        return self.name

    @property
    def member_ids(self) -> list[int]:
        """Ids of a conversation's two users, also after one's account was deleted; empty for a public room."""
        return split_pair_key(self.pair_key)

    def admit(self, user: User) -> Membership:
        """Make `user` a member without a connected client; raises `no_such_room` while they are removed."""
        with transaction.atomic():
            membership, _is_new = self.membership_set.get_or_create(user=user, defaults={"read_seq": self.last_seq})
            if membership.removed_at and not membership.readmit(self.last_seq):
                raise ChatError("no_such_room")
        return membership

    def hide_from(self, user: User) -> None:
        """Take the room off the user's own list, until they join it again (`rooms.presence.placement`)."""
        hidden = {"hidden_at": timezone.now(), "changed_at": Now()}
        Membership.objects.update_or_create(room=self, user=user, defaults=hidden)

    def rename(self, name: str) -> None:
        """Raises `bad_name` or `room_taken`. The default room's name is a setting."""
        for field, value in name_fields(name).items():
            setattr(self, field, value)
        with refusing_taken_name(self):
            # Not the whole row: a stale `last_seq` or `version` would overwrite the log's head.
            self.save(update_fields=["name", "name_key", "name_look"])

    def set_topic(self, by: User, topic: str) -> None:
        """Set or clear the topic; raises `not_your_room`, `too_long` or `bad_text`."""
        rights.require_moderator(by, self)
        topic = validate_text(topic).replace("\n", " ").strip() if topic.strip() else ""
        if len(topic) > TOPIC_CHARACTERS:
            raise ChatError("too_long", field="text", limit=TOPIC_CHARACTERS, length=len(topic))
        self.topic = topic
        self.save(update_fields=["topic"])

    def close(self, by: User) -> bool:
        """Close the room for everybody; true for the one caller whose compare-and-set succeeded."""
        if self.is_default:
            raise ChatError("default_room_stays", name=self.title)
        return bool(Room.open().filter(pk=self.pk).update(closed_at=Now(), closed_by=by))

    def to_dict(self, people: int = 0, closes_at: datetime | None = None) -> PublicRoomCard:
        """A public room's card; `closes_at` is the end of a running countdown."""
        return {
            "id": self.pk,
            "kind": "public",
            "name": self.title,
            "people": people,
            "owner": self.owner.to_dict() if self.owner else None,
            "default": self.is_default,
            "permanent": self.permanent or self.is_default,
            "slow_seconds": self.slow_seconds,
            "topic": self.topic,
            "closes_at": isoformat_ms(closes_at) if closes_at else None,
        }


class NameFields(TypedDict):
    name: str
    name_key: str
    name_look: str


def name_filter(name: str) -> Q:
    """A filter for the room with this or a confusable name."""
    key = names.key(name)
    return Q(is_default=True) if key in default_room_keys() else Q(name_key=key)


def name_fields(name: str) -> NameFields:
    """The name's columns; raises `bad_name`, or `room_taken` for the default room's name."""
    name = names.clean(name)
    if not 1 <= len(name) <= NAME_CHARACTERS or not names.is_presentable(name):
        raise ChatError("bad_name")
    if names.key(name) in default_room_keys():
        raise ChatError("room_taken", name=name)
    return {"name": name, "name_key": names.key(name), "name_look": names.skeleton(name)}


@contextmanager
def refusing_taken_name(room: Room) -> Iterator[None]:
    """A transaction that saves the room's name; a violated unique constraint becomes `room_taken`."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        taken = Room.public().filter(Q(name_key=room.name_key) | Q(name_look=room.name_look)).first()
        raise ChatError("room_taken", name=taken.title if taken else room.name) from None


def default_room_keys() -> set[str]:
    """Keys of the default room's name: its setting, and its translation into every language."""
    found = {names.key(settings.DEFAULT_ROOM_NAME)} if settings.DEFAULT_ROOM_NAME else set()
    for language, _name in settings.LANGUAGES:
        with override(language):
            found.add(names.key(str(DEFAULT_NAME)))
    return found
