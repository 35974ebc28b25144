"""Incoming and outgoing webhooks of rooms.

A webhook is paused while its maker cannot moderate the room: the maker knows the secret, or chose the receiver.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypedDict, TypeVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, Exists, ExpressionWrapper, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.digest import digest_of
from accounts.models import User
from rooms.models import Membership, Message, Room, rights
from rooms.protocol.errors import ChatError

SECRET_BYTES = 32
HOOKS_PER_ROOM = 10
URL_MAX_CHARACTERS = 500

Hook = TypeVar("Hook", "IncomingHook", "OutgoingHook")


class IncomingHookDict(TypedDict):
    id: int
    room: int
    bot: Mapping[str, object]
    rests: bool
    created_at: datetime


class OutgoingHookDict(TypedDict):
    id: int
    room: int
    url: str
    rests: bool
    created_at: datetime


class HookQuerySet(models.QuerySet[Hook]):
    def with_permission(self) -> "HookQuerySet[Hook]":
        """Annotate each with `is_permitted`: its maker can moderate the room at present."""
        permission = {"is_permitted": ExpressionWrapper(rights.made_by_moderator(), models.BooleanField())}
        return self.annotate(**permission)


class RoomHook(models.Model):
    """What both kinds have: who made it and when, and whether that user may still moderate the room."""

    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    objects = HookQuerySet.as_manager()
    is_permitted = True  # of a new one; otherwise annotated by `with_permission`

    class Meta:
        abstract = True


class IncomingHook(RoomHook):
    """An address that posts into a room as a bot. Of its secret only the hash is stored."""

    room = models.ForeignKey("rooms.Room", models.CASCADE, related_name="incoming_hooks", verbose_name=_("room"))
    bot = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("bot"))
    digest = models.CharField(max_length=64, unique=True, editable=False)

    class Meta:
        verbose_name = _("incoming webhook")
        verbose_name_plural = _("incoming webhooks")

    def __str__(self) -> str:
        return f"{self.bot} → {self.room}"

    @classmethod
    def make(cls, room: Room, bot: User, user: User) -> "tuple[IncomingHook, str]":
        """Create a webhook, and save its bot as a member of the room; return the webhook and its secret.

        Raises `too_many_hooks`, and IntegrityError if the bot's name has just been taken.
        """
        secret = secrets.token_urlsafe(SECRET_BYTES)
        with transaction.atomic():
            refuse_too_many(room, room.incoming_hooks.count)
            bot.save()
            room.admit(bot)
            return cls.objects.create(room=room, bot=bot, digest=digest_of(secret), made_by=user), secret

    @classmethod
    def delete_with_bots(cls, hooks: "models.QuerySet[IncomingHook]") -> bool:
        """Delete these webhooks, and bots without any other use, whose names become free; whether there were any."""
        with transaction.atomic():
            # Under the rooms' locks no bot can write a message between the check for messages and the deletion.
            rooms = Room.objects.filter(pk__in=hooks.values("room")).order_by("pk").select_for_update()
            list(rooms.values_list("pk"))
            bots = list(hooks.values_list("bot", flat=True))
            hooks.delete()
            unused_bots(bots).delete()
        return bool(bots)

    @classmethod
    def by_secret(cls, secret: str) -> "IncomingHook":
        """The webhook with this secret; raises `no_such_hook`, also while it is paused."""
        running = cls.objects.select_related("room", "bot").filter(rights.made_by_moderator(), bot__is_active=True)
        found = running.filter(digest=digest_of(secret)).first()
        if found is None:
            raise ChatError("no_such_hook")
        return found

    @property
    def paused(self) -> bool:
        return not (self.is_permitted and self.bot.is_active)

    def to_dict(self) -> IncomingHookDict:
        return {
            "id": self.pk,
            "room": self.room_id,
            "bot": self.bot.to_dict(),
            "rests": self.paused,
            "created_at": self.created_at,
        }


class OutgoingHook(RoomHook):
    """An address that receives a room's messages and their changes.

    `epoch` and `version` are its cursor in the room's log: what came before is stored as deliveries.
    """

    room = models.ForeignKey("rooms.Room", models.CASCADE, related_name="outgoing_hooks", verbose_name=_("room"))
    url = models.CharField(_("address"), max_length=URL_MAX_CHARACTERS)
    secret = models.CharField(max_length=64, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    epoch = models.CharField(max_length=8, editable=False)
    version = models.PositiveBigIntegerField(editable=False)

    class Meta:
        verbose_name = _("outgoing webhook")
        verbose_name_plural = _("outgoing webhooks")

    def __str__(self) -> str:
        return f"{self.room} → {self.url}"

    @classmethod
    def make(cls, room: Room, url: str, user: User) -> "OutgoingHook":
        """Create a webhook that receives everything from now on, signed by its `secret`; raises `too_many_hooks`."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        with transaction.atomic():
            refuse_too_many(room, room.outgoing_hooks.count)
            room.refresh_from_db(fields=["epoch", "version"])
            cursor = {"epoch": room.epoch, "version": room.version}
            return cls.objects.create(room=room, url=url, secret=secret, made_by=user, **cursor)

    @classmethod
    def behind(cls) -> "HookQuerySet[OutgoingHook]":
        """Active webhooks whose cursor is behind their room's log, annotated with `is_permitted`."""
        active = cls.objects.filter(is_active=True, room__closed_at=None).select_related("room")
        return active.exclude(version=models.F("room__version"), epoch=models.F("room__epoch")).with_permission()

    @property
    def paused(self) -> bool:
        return not (self.is_permitted and self.is_active)

    def to_dict(self) -> OutgoingHookDict:
        return {
            "id": self.pk,
            "room": self.room_id,
            "url": self.url,
            "rests": self.paused,
            "created_at": self.created_at,
        }


def new_bot(name: str) -> User:
    """An unsaved bot account without a password, so that nobody can sign in to it."""
    bot = User(username=name, is_bot=True)
    bot.set_unusable_password()
    return bot


def unused_bots(user_ids: list[int]) -> models.QuerySet[User]:
    """Bots among these users without messages, tokens, and memberships in more than one room.

    A second membership means that another room admitted the bot, or a user wrote to it.
    """
    bots = User.objects.filter(pk__in=user_ids, is_bot=True, tokens=None)
    second_room = Membership.objects.filter(user=OuterRef("pk")).values("user").annotate(n=Count("pk")).filter(n__gt=1)
    return bots.exclude(Exists(Message.objects.filter(author=OuterRef("pk")))).exclude(Exists(second_room))


def refuse_too_many(room: Room, count: Callable[[], int]) -> None:
    """Raise `too_many_hooks` at the limit; otherwise the locked room keeps the count valid in this transaction."""
    Room.objects.select_for_update().get(pk=room.pk)
    if count() >= HOOKS_PER_ROOM:
        raise ChatError("too_many_hooks")
