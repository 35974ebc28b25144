"""Forms that set a user name."""

from typing import TYPE_CHECKING

from django import forms
from django.contrib.auth.forms import UsernameField
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import AccountDeletion, User
from accounts.models.user import TAKEN
from accounts.models.username import is_reserved

# Django's class takes its type parameter only in its stubs.
if TYPE_CHECKING:
    UserModelForm = forms.ModelForm[User]
else:
    UserModelForm = forms.ModelForm


class UniqueUsernameForm(UserModelForm):
    """Refuses a user name that is taken, or confusable with one that is."""

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        if User.objects.confusable_with(name).exclude(pk=self.instance.pk).exists():
            raise ValidationError(TAKEN, code="username_taken")
        return name


class ChosenUsernameForm(UniqueUsernameForm):
    """Refuses, for people who choose a name themselves, also reserved names and those of deleted accounts."""

    def clean_username(self) -> str:
        name = super().clean_username()
        if AccountDeletion.is_name_retired(name):
            raise ValidationError(TAKEN, code="username_taken")
        if is_reserved(name):
            raise ValidationError(_("This user name is kept for the site. Choose another."), code="username_reserved")
        return name

    def refuse_taken(self) -> None:
        """Add the error for a name that was taken between validation and insert."""
        self.add_error("username", ValidationError(TAKEN, code="username_taken"))


class BotForm(ChosenUsernameForm):
    """The user name of a bot."""

    class Meta:
        model = User
        fields = ["username"]
        field_classes = {"username": UsernameField}
