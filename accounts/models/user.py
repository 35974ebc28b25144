"""Who people are."""

import datetime

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common import names

from .ban import Bannable
from .username import KEY_CHARACTERS, USERNAME_MOST_CHARACTERS, check_username

OLDEST_YEARS = 120

TAKEN = _("This user name is taken, or looks like one that is. Choose another.")


class Theme(models.TextChoices):
    SYSTEM = "", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


def language_choices():
    return [("", _("As the browser asks")), *settings.LANGUAGES]


def check_birth_date(date):
    """Raise ValidationError unless somebody born on `date` lives, and is old enough for this site."""
    age = years_since(date)
    if date > timezone.localdate():
        raise ValidationError(_("This date is in the future."), code="birth_date_future")
    if age > OLDEST_YEARS:
        raise ValidationError(_("This date is too long ago."), code="birth_date_past")
    if age < settings.MINIMUM_AGE:
        sentence = _("You have to be at least %(years)s years old to take part here.")
        raise ValidationError(sentence, code="too_young", params={"years": settings.MINIMUM_AGE})


def check_person_name(name):
    """Raise ValidationError for what cannot be shown. Joiners are letters' own business in Persian or Hindi."""
    if not names.is_presentable(name.replace("\u200c", "").replace("\u200d", "")):
        raise ValidationError(_("This holds characters that cannot be shown."), code="unpresentable")


def years_since(date: datetime.date) -> int:
    today = timezone.localdate()
    return today.year - date.year - ((today.month, today.day) < (date.month, date.day))


class People(BaseUserManager["User"]):
    """All users. Their names are found without regard to case and to look-alike letters."""

    def create_user(self, username, password=None, **fields):
        user = self.model(username=names.clean(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username, password=None, **fields):
        """A user with every right; raises ValidationError for a taken name, which the command line shows as words."""
        if self.alike(username).exists():
            raise ValidationError(TAKEN, code="username_taken")
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)

    def named(self, name):
        return self.filter(username_key=names.key(name))

    def called(self, typed):
        """`{name: user id}` for those of the `typed` names that somebody bears."""
        if not typed:
            return {}
        keys = {name: names.key(name) for name in typed}
        found = dict(self.filter(username_key__in=set(keys.values()), is_active=True).values_list("username_key", "pk"))
        return {name: found[key] for name, key in keys.items() if key in found}

    def somebody(self, who):
        """The active user with this id (a number) or name; None if there is none."""
        found = self.filter(pk=who) if isinstance(who, int) else self.named(who)
        return found.filter(is_active=True).first()

    def alike(self, name):
        """Those who bear `name`, or one that could be taken for it."""
        return self.filter(Q(username_key=names.key(name)) | Q(username_look=names.skeleton(name)))

    def get_by_natural_key(self, username):
        return self.named(username).get()

    async def aget_by_natural_key(self, username):
        return await self.named(username).aget()


class User(Bannable, AbstractBaseUser, PermissionsMixin):
    """A person with an account. Shown by the user name as typed; `username_key` is what must differ (`names.key`)."""

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
    # When they last came to the chat or left it; whoever is there now is found by their sockets.
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True, editable=False)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    objects = People()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        indexes = [
            models.Index(Lower("username"), condition=Q(is_active=True), name="directory_by_name"),
            models.Index("is_active", name="users_counted"),  # so small that counting costs little
        ]

    def __str__(self):
        return self.username

    @property
    def age(self):
        return None if self.birth_date is None else years_since(self.birth_date)

    def save(self, *args, update_fields=None, **kwargs):
        self.username_key, self.username_look = names.key(self.username), names.skeleton(self.username)
        if update_fields is not None and "username" in update_fields:
            update_fields = {*update_fields, "username_key", "username_look"}
        super().save(*args, update_fields=update_fields, **kwargs)

    def has_power_over(self, other):
        """Whether it is this user's to act on the account of another: nobody on their own, on staff only owners."""
        is_over = self.is_superuser or (self.is_staff and not (other.is_staff or other.is_superuser))
        return is_over and self.pk != other.pk

    def end_sessions(self, *, but=None):
        """Sign out everywhere, except by the session whose key is `but`; their open sockets close."""
        self.sessions.exclude(pk=but).delete()

    def get_full_name(self):
        return f"{self.first_names} {self.last_names}".strip()

    def get_short_name(self):
        return self.first_names or self.username

    def to_dict(self):
        """How others see a person, everywhere: `{"id", "name"}`."""
        return {"id": self.pk, "name": self.username}
