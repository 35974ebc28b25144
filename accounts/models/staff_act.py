"""What the site's staff did: written once, and never again."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

NAME_CHARACTERS = 150


class Unchangeable(Exception):
    """Somebody tried to change or delete what is only ever added to."""


class Acts(models.QuerySet):
    def _refuse(self, *args, **kwargs):
        raise Unchangeable

    update = delete = bulk_update = update_or_create = _raw_delete = _refuse


class StaffAct(models.Model):
    """Who did what to whom, when and why.

    Names as they were then and bare ids in place of foreign keys: no later deletion or new name changes anything here.
    """

    at = models.DateTimeField(_("when"), default=timezone.now, db_index=True)
    by_id = models.BigIntegerField(null=True, db_index=True)
    by_name = models.CharField(_("who"), max_length=NAME_CHARACTERS)
    what = models.CharField(_("did what"), max_length=40)
    kind = models.CharField(_("to what"), max_length=40, blank=True)
    whom_id = models.CharField(max_length=64, blank=True)
    whom_name = models.CharField(_("to whom"), max_length=NAME_CHARACTERS, blank=True)
    details = models.TextField(_("details"), blank=True)
    why = models.TextField(_("why"), blank=True)

    objects = Acts.as_manager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("act of staff")
        verbose_name_plural = _("acts of staff")
        indexes = [models.Index(fields=["kind", "whom_id"], name="acts_to_whom")]

    def __str__(self):
        return f"{self.by_name}: {self.what} {self.whom_name}".strip()

    def save(self, *args, force_update=False, **kwargs):
        if force_update or not self._state.adding:
            raise Unchangeable
        super().save(*args, **kwargs | {"force_insert": True})

    def delete(self, *args, **kwargs):
        raise Unchangeable

    @classmethod
    def note(cls, by, what, whom=None, *, details="", why=""):
        """`by` (a user) has done `what` (a word for machines) to `whom` (any model's instance)."""
        aim = {}
        if whom is not None:
            aim = {"kind": whom._meta.model_name, "whom_id": str(whom.pk), "whom_name": str(whom)[:NAME_CHARACTERS]}
        return cls.objects.create(by_id=by.pk, by_name=by.username, what=what, details=details, why=why, **aim)
