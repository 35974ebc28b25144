"""A place where people talk, and the head of its log."""

import secrets
from contextlib import contextmanager

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from common import names
from rooms.log.history import History
from rooms.protocol.errors import ChatError

from . import rights
from .message import isoformat_ms

NAME_CHARACTERS = 50
NAME_KEY_CHARACTERS = 1000  # a character's look-alike can be many characters
DEFAULT_NAME = _("Main")


def new_epoch():
    return secrets.token_hex(4)


class Room(History, models.Model):
    """A public room, or the private conversation of two people (`kind` direct).

    `last_seq` counts messages and `version` counts changes; `rooms.models.write` takes both under this row's lock.
    Versions up to `floor` may have been cleaned away. `epoch` names the log: it changes when the log could have
    gone back. `owner_gone_at`: since when nobody has seen the owner of a temporary room.
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

    def __str__(self):
        return self.title

    @classmethod
    def open(cls):
        return cls.objects.filter(closed_at=None)

    @classmethod
    def public(cls):
        """The open public rooms, the default one first, then by name."""
        return cls.open().filter(kind=cls.Kind.PUBLIC).select_related("owner").order_by("-is_default", "name_key")

    @classmethod
    def temporary(cls):
        """The open rooms that close without their owner."""
        return cls.open().filter(kind=cls.Kind.PUBLIC, permanent=False, is_default=False)

    @classmethod
    def default(cls):
        return cls.objects.get(is_default=True)

    @classmethod
    def named(cls, user, name):
        """The open public room of that name, look-alikes included, if `user` may know of it; raises `no_room`."""
        room = cls.public().filter(rights.known_to(user), called(name)).first()
        if room is None:
            raise ChatError("no_room", name=names.quotable(name))
        return room

    @classmethod
    def visible_to(cls, user, room_id, **wanted):
        """The open room with that id, if `user` may know of it; raises `no_such_room`, alike for hidden and missing."""
        room = cls.open().select_related("owner").filter(rights.known_to(user), pk=room_id, **wanted).first()
        if room is None:
            raise ChatError("no_such_room")
        return room

    @classmethod
    def public_to(cls, user, room_id):
        """The same, of public rooms only."""
        return cls.visible_to(user, room_id, kind=cls.Kind.PUBLIC)

    @classmethod
    def create(cls, owner, name):
        """A new public room; raises `rooms_by_staff`, `bad_name`, `room_taken` or `too_many_rooms`."""
        rights.require_creation(owner)
        room = cls(owner=owner, **named_so(name))
        with unless_taken(room):
            rights.require_place_for_another(owner, cls.temporary())
            room.save()
        return room

    @classmethod
    def between(cls, one, other):
        """The private conversation of two users, begun if there is none; however both begin it, it is one."""
        if one.pk == other.pk:
            raise ChatError("private_to_self")
        key = "-".join(str(pk) for pk in sorted([one.pk, other.pk]))
        with transaction.atomic():
            room, begun = cls.objects.get_or_create(pair_key=key, defaults={"kind": cls.Kind.DIRECT, "permanent": True})
            if begun:
                for user in (one, other):
                    room.membership_set.create(user=user)
        return room

    @property
    def title(self):
        """The name as people read it; the default room's is in the reader's language unless the site has named it."""
        if self.is_default:
            return settings.DEFAULT_ROOM_NAME or str(DEFAULT_NAME)
        return self.name

    @property
    def member_ids(self):
        """The two people of a private conversation, also when one has gone; empty for a public room."""
        return ids_of_pair(self.pair_key)

    def admit(self, user):
        """Make `user` a member, without a client that enters (`rooms.presence.placement`); raises `no_such_room`."""
        with transaction.atomic():
            found, _is_new = self.membership_set.get_or_create(user=user, defaults={"read_seq": self.last_seq})
            if found.removed_at and not found.readmit(self.last_seq):
                raise ChatError("no_such_room")
        return found

    def rename(self, name):
        """Raises as `create`; the default room is called as the settings say."""
        for field, value in named_so(name).items():
            setattr(self, field, value)
        with unless_taken(self):
            # Only these: the row's counters have gone on since it was read.
            self.save(update_fields=["name", "name_key", "name_look"])

    def close(self, by):
        """Close for everybody; true for the one caller who did it."""
        if self.is_default:
            raise ChatError("default_room_stays", name=self.title)
        return bool(Room.open().filter(pk=self.pk).update(closed_at=Now(), closed_by=by))

    def to_dict(self, people=0, closes_at=None):
        """A room as clients see it; `closes_at`: when, if its owner does not come back."""
        return {
            "id": self.pk,
            "kind": self.kind,
            "name": self.title,
            "people": people,
            "owner": self.owner and self.owner.to_dict(),
            "default": self.is_default,
            "permanent": self.permanent or self.is_default,
            "slow_seconds": self.slow_seconds,
            "closes_at": closes_at and isoformat_ms(closes_at),
        }


def ids_of_pair(pair_key):
    return [int(pk) for pk in pair_key.split("-")] if pair_key else []


def called(name):
    """What finds the open public room of that name, look-alikes included."""
    key = names.key(name)
    return Q(is_default=True) if key in default_keys() else Q(name_key=key)


def named_so(name):
    """The fields of a room with that name; raises `bad_name`, or `room_taken` for that of the default room."""
    name = names.clean(name)
    if not 1 <= len(name) <= NAME_CHARACTERS or not names.is_presentable(name):
        raise ChatError("bad_name")
    if names.key(name) in default_keys():
        raise ChatError("room_taken", name=name)
    return {"name": name, "name_key": names.key(name), "name_look": names.skeleton(name)}


@contextmanager
def unless_taken(room):
    """Write the room's name in this block; raises `room_taken` where an open room is called so, or looks so."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        alike = Room.public().filter(Q(name_key=room.name_key) | Q(name_look=room.name_look)).first()
        raise ChatError("room_taken", name=alike.title if alike else room.name) from None


def default_keys():
    """What the default room answers to: its name in each of our languages."""
    found = {names.key(settings.DEFAULT_ROOM_NAME)} if settings.DEFAULT_ROOM_NAME else set()
    for language, _name in settings.LANGUAGES:
        with override(language):
            found.add(names.key(str(DEFAULT_NAME)))
    return found
