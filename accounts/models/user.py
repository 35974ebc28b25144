"""Who people are."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person with an account."""

    class Gender(models.TextChoices):
        FEMALE = "F"
        MALE = "M"
        OTHER = "O"
        UNSAID = ""

    username_key = models.CharField(max_length=200, unique=True, editable=False)
    birth_date = models.DateField(null=True, blank=True)
    gender = models.CharField(max_length=1, choices=Gender, blank=True)
    language = models.CharField(max_length=5, blank=True)

    def save(self, *args, **kwargs):
        self.username_key = self.username.casefold()
        super().save(*args, **kwargs)

    def shape(self):
        return {"id": self.pk, "name": self.username}
