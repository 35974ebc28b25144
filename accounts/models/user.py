"""The user model."""

import datetime
from collections.abc import Collection, Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.schemas import Person
from common import names

from .ban import REASON_CHARACTERS, Banned
from .username import KEY_CHARACTERS, USERNAME_MOST_CHARACTERS, check_username

MAX_AGE_YEARS = 120

TAKEN = _("This user name is taken, or looks like one that is. Choose another.")


class Theme(models.TextChoices):
    SYSTEM = "", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


def language_choices() -> list[tuple[str, str | Promise]]:
    """Choices of `User.language`; the empty one leaves it to the browser. Migrations refer to it by this name."""
    return [("", _("As the browser asks")), *settings.LANGUAGES]


def check_birth_date(date: datetime.date) -> None:
    """Raise ValidationError for a date in the future, too long ago, or of a user below `MINIMUM_AGE`."""
    age = years_since(date)
    if date > timezone.localdate():
        raise ValidationError(_("This date is in the future."), code="birth_date_future")
    if age > MAX_AGE_YEARS:
        raise ValidationError(_("This date is too long ago."), code="birth_date_past")
    if age < settings.MINIMUM_AGE:
        sentence = _("You have to be at least %(years)s years old to take part here.")
        raise ValidationError(sentence, code="too_young", params={"years": settings.MINIMUM_AGE})


def check_person_name(name: str) -> None:
    """Raise ValidationError for characters that cannot be shown, except joiners, which Persian and Hindi need."""
    if not names.is_presentable(name.replace("\u200c", "").replace("\u200d", "")):
        raise ValidationError(_("This holds characters that cannot be shown."), code="unpresentable")


def years_since(date: datetime.date) -> int:
    """Whole years from `date` to today."""
    today = timezone.localdate()
    return today.year - date.year - ((today.month, today.day) < (date.month, date.day))


class UserManager(BaseUserManager["User"]):
    """Lookups by user name, which ignore case and, where stated, treat confusable characters as equal."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(username=names.clean(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """A user with every right. Raises ValidationError for a taken name, which `createsuperuser` prints."""
        if self.confusable_with(username).exists():
            raise ValidationError(TAKEN, code="username_taken")
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)

    def named(self, name: str) -> QuerySet["User"]:
        """The user with this name, in any case: one row or none."""
        return self.filter(username_key=names.key(name))

    def ids_by_name(self, typed_names: Collection[str]) -> dict[str, int]:
        """`{name: user id}` of the active users among `typed_names`, keyed as typed."""
        if not typed_names:
            return {}
        keys = {name: names.key(name) for name in typed_names}
        users = self.filter(username_key__in=set(keys.values()), is_active=True)
        ids = dict(users.values_list("username_key", "pk"))
        return {name: ids[key] for name, key in keys.items() if key in ids}

    def find_active(self, id_or_name: int | str) -> "User | None":
        """The active user with this id (an int) or name (a str), or None."""
        users = self.filter(pk=id_or_name) if isinstance(id_or_name, int) else self.named(id_or_name)
        return users.filter(is_active=True).first()

    def confusable_with(self, name: str) -> QuerySet["User"]:
        """Users whose name is `name`, or looks like it."""
        return self.filter(Q(username_key=names.key(name)) | Q(username_look=names.skeleton(name)))

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.named(username or "").get()

    async def aget_by_natural_key(self, username: str | None) -> "User":
        return await self.named(username or "").aget()


class User(AbstractBaseUser, PermissionsMixin):
    """An account of a person or a bot.

    `username` is shown as typed; `username_key` (`names.key`) identifies, and `username_look` must not be confusable.
    """

    class Gender(models.TextChoices):
        FEMALE = "F", _("Female")
        MALE = "M", _("Male")
        OTHER = "O", _("Other")
        UNSAID = "N", _("Prefer not to say")

    username = models.CharField(
        _("user name"),
        max_length=USERNAME_MOST_CHARACTERS,
        unique=True,
        validators=[check_username],
        error_messages={"unique": TAKEN},
    )
    username_key = models.CharField(max_length=KEY_CHARACTERS, unique=True, editable=False)
    username_look = models.CharField(max_length=KEY_CHARACTERS, unique=True, editable=False)
    first_names = models.CharField(_("first names"), max_length=60, validators=[check_person_name])
    last_names = models.CharField(_("last names"), max_length=60, validators=[check_person_name])
    birth_date = models.DateField(_("date of birth"), null=True, validators=[check_birth_date])
    gender = models.CharField(_("gender"), max_length=1, choices=Gender, default=Gender.UNSAID)
    language = models.CharField(_("language"), max_length=8, choices=language_choices, blank=True)
    theme = models.CharField(_("light or dark"), max_length=8, choices=Theme, default="", db_default="", blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    is_bot = models.BooleanField(_("bot"), default=False, db_default=False)
    # A ban with an end expires by the clock, without a write.
    banned_at = models.DateTimeField(_("banned since"), null=True, blank=True, editable=False)
    banned_until = models.DateTimeField(_("banned until"), null=True, blank=True, editable=False)
    ban_reason = models.CharField(
        _("reason"), max_length=REASON_CHARACTERS, blank=True, default="", db_default="", editable=False
    )
    # The last connect or disconnect; presence now is known by the sockets.
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True, editable=False)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        indexes = [
            models.Index(Lower("username"), condition=Q(is_active=True), name="directory_by_name"),
            models.Index("is_active", name="users_counted"),  # narrow, so that counting users is an index-only scan
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def age(self) -> int | None:
        """Whole years, or None without a date of birth."""
        return None if self.birth_date is None else years_since(self.birth_date)

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        self.username_key, self.username_look = names.key(self.username), names.skeleton(self.username)
        if update_fields is not None and "username" in update_fields:
            update_fields = {*update_fields, "username_key", "username_look"}
        super().save(*args, update_fields=update_fields, **kwargs)

    def has_power_over(self, other: "User") -> bool:
        """Whether this user may moderate the account of `other`: never their own, and only owners that of staff."""
        outranks = self.is_superuser or (self.is_staff and not (other.is_staff or other.is_superuser))
        return outranks and self.pk != other.pk

    def end_sessions(self, *, but: str | None = None) -> None:
        """Delete all sessions, and so close their sockets, except the session with the key `but`."""
        self.sessions.exclude(pk=but).delete()

    @property
    def is_banned(self) -> bool:
        return self.banned_at is not None and (self.banned_until is None or self.banned_until > timezone.now())

    @property
    def has_access(self) -> bool:
        """Whether sessions and tokens of this user authenticate."""
        return self.is_active and not self.is_banned

    @property
    def ban_notice(self) -> str:
        """The ban's end and reason as a sentence for the banned user, in the active language."""
        if self.banned_until is None:
            return gettext("This account is banned. The reason: %(reason)s") % {"reason": self.ban_reason}
        until = date_format(timezone.localtime(self.banned_until), "DATETIME_FORMAT")
        sentence = gettext("This account is banned until %(until)s UTC. The reason: %(reason)s")
        return sentence % {"until": until, "reason": self.ban_reason}

    def refuse_if_banned(self) -> None:
        """Raise `Banned` if the user is banned."""
        if self.is_banned:
            raise Banned(self)

    def ban(self, reason: str, until: datetime.datetime | None = None) -> None:
        """Ban the user and end all sessions. Tokens are kept, and authenticate again when the ban is over."""
        self.banned_at, self.banned_until, self.ban_reason = timezone.now(), until, reason
        with transaction.atomic():
            self.save(update_fields=["banned_at", "banned_until", "ban_reason"])
            self.end_sessions()

    def lift_ban(self) -> None:
        self.banned_at, self.banned_until, self.ban_reason = None, None, ""
        self.save(update_fields=["banned_at", "banned_until", "ban_reason"])

    def deactivate(self) -> None:
        """End all sessions, refuse every sign-in, and hide the user from others, until `reactivate`."""
        self.is_active = False
        with transaction.atomic():
            self.save(update_fields=["is_active"])
            self.end_sessions()

    def reactivate(self) -> None:
        self.is_active = True
        self.save(update_fields=["is_active"])

    def get_full_name(self) -> str:
        return f"{self.first_names} {self.last_names}".strip()

    def get_short_name(self) -> str:
        return self.first_names or self.username

    def to_dict(self) -> Person:
        """The user as others see them."""
        return {"id": self.pk, "name": self.username}
