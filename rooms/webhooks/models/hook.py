"""Where other systems talk with a room: their way in, and our way out to them.

A hook rests while whoever made it has no say in the room: they know its secret, or whom it tells.
"""

import secrets

from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, Exists, ExpressionWrapper, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.models.token import digest_of
from rooms.models import rights
from rooms.models.membership import Membership
from rooms.models.message import Message
from rooms.models.room import Room
from rooms.protocol.errors import ChatError

SECRET_BYTES = 32
HOOKS_PER_ROOM = 10
URL_CHARACTERS = 500


class Hooks(models.QuerySet):
    def with_say(self):
        """Each with `has_say`: whether it does not rest."""
        return self.annotate(has_say=ExpressionWrapper(rights.made_by_moderator(), models.BooleanField()))


class IncomingHook(models.Model):
    """An address that says in a room, as a bot, whatever is posted to it. Only the hash of its secret is kept."""

    room = models.ForeignKey("rooms.Room", models.CASCADE, related_name="incoming_hooks", verbose_name=_("room"))
    bot = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("bot"))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    objects = Hooks.as_manager()
    has_say = True  # of one just made; otherwise `with_say` tells

    class Meta:
        verbose_name = _("incoming webhook")
        verbose_name_plural = _("incoming webhooks")

    def __str__(self):
        return f"{self.bot} → {self.room}"

    @classmethod
    def make(cls, room, bot, user):
        """A new hook and its secret, which nobody can read again; the bot becomes a member.

        Raises `too_many_hooks`, and IntegrityError when somebody else took the bot's name a moment ago.
        """
        secret = secrets.token_urlsafe(SECRET_BYTES)
        with transaction.atomic():
            refuse_too_many(room, room.incoming_hooks)
            bot.save()
            room.admit(bot)
            return cls.objects.create(room=room, bot=bot, digest=digest_of(secret), made_by=user), secret

    @classmethod
    def end(cls, hooks):
        """Delete these hooks, and whichever of their bots are of no other use: their names are free again.

        Whether there was one.
        """
        with transaction.atomic():
            # Under the locks of their rooms no bot is just saying something.
            rooms = Room.objects.filter(pk__in=hooks.values("room")).order_by("pk").select_for_update()
            list(rooms.values_list("pk"))
            bots = list(hooks.values_list("bot", flat=True))
            hooks.delete()
            unused(bots).delete()
        return bool(bots)

    @classmethod
    def of(cls, secret):
        """The hook with this secret; raises `no_such_hook`, also while it rests."""
        active = cls.objects.select_related("room", "bot").filter(rights.made_by_moderator(), bot__is_active=True)
        found = active.filter(digest=digest_of(secret)).first()
        if found is None:
            raise ChatError("no_such_hook")
        return found

    @property
    def rests(self):
        """So does one whose bot is switched off."""
        return not (self.has_say and self.bot.is_active)

    def to_dict(self):
        place = {"id": self.pk, "room": self.room_id, "bot": self.bot.to_dict()}
        return {**place, "rests": self.rests, "created_at": self.created_at}


class OutgoingHook(models.Model):
    """An address that is told what is said in a room; what was said up to `version` of `epoch` is in its deliveries."""

    room = models.ForeignKey("rooms.Room", models.CASCADE, related_name="outgoing_hooks", verbose_name=_("room"))
    url = models.CharField(_("address"), max_length=URL_CHARACTERS)
    secret = models.CharField(max_length=64, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    epoch = models.CharField(max_length=8, editable=False)
    version = models.PositiveBigIntegerField(editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    objects = Hooks.as_manager()
    has_say = True  # of one just made; otherwise `with_say` tells

    class Meta:
        verbose_name = _("outgoing webhook")
        verbose_name_plural = _("outgoing webhooks")

    def __str__(self):
        return f"{self.room} → {self.url}"

    @classmethod
    def make(cls, room, url, user):
        """A new hook that is told everything from now on; its `secret` signs. Raises `too_many_hooks`."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        with transaction.atomic():
            refuse_too_many(room, room.outgoing_hooks)
            room.refresh_from_db(fields=["epoch", "version"])
            place = {"epoch": room.epoch, "version": room.version}
            return cls.objects.create(room=room, url=url, secret=secret, made_by=user, **place)

    @classmethod
    def behind(cls):
        """Those whose rooms have changed since they were last looked at; `has_say`: they do not rest."""
        active = cls.objects.filter(is_active=True, room__closed_at=None).select_related("room")
        return active.exclude(version=models.F("room__version"), epoch=models.F("room__epoch")).with_say()

    @property
    def rests(self):
        """So does one that staff have switched off."""
        return not (self.has_say and self.is_active)

    def to_dict(self):
        place = {"id": self.pk, "room": self.room_id, "url": self.url}
        return {**place, "rests": self.rests, "created_at": self.created_at}


def new_bot(name):
    """An account for a program, not saved yet: nobody signs in to it, for it has no password."""
    bot = User(username=name, is_bot=True)
    bot.set_unusable_password()
    return bot


def unused(bots):
    """Of accounts with these ids those of bots that never said anything, have no token, and stand in one room at most.

    In a second room they have been let in by somebody else, or written to.
    """
    found = User.objects.filter(pk__in=bots, is_bot=True, tokens=None)
    places = Membership.objects.filter(user=OuterRef("pk")).values("user").annotate(n=Count("pk")).filter(n__gt=1)
    return found.exclude(Exists(Message.objects.filter(author=OuterRef("pk")))).exclude(Exists(places))


def refuse_too_many(room, hooks):
    """Raise `too_many_hooks`; otherwise nobody makes another until the transaction ends."""
    Room.objects.select_for_update().get(pk=room.pk)
    if hooks.count() >= HOOKS_PER_ROOM:
        raise ChatError("too_many_hooks")
