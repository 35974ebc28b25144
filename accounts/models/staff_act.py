"""The staff log: an append-only record of what the site's staff did."""

from typing import Any, NoReturn

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .user import User

NAME_CHARACTERS = 150


class AppendOnlyError(Exception):
    """An attempt to change or delete rows of an append-only table."""


class AppendOnlyQuerySet(models.QuerySet["StaffAct"]):
    """A queryset that rows can be added to, and that raises `AppendOnlyError` for every update and deletion."""

    def _raise_append_only(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError

    update = delete = bulk_update = update_or_create = _raw_delete = _raise_append_only


class StaffAct(models.Model):
    """One action of a staff member: who did what, to whom, when and why.

    Names are copied and ids are no foreign keys, so that later renames and deletions do not change the log.
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

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("act of staff")
        verbose_name_plural = _("acts of staff")
        indexes = [models.Index(fields=["kind", "whom_id"], name="acts_to_whom")]

    def __str__(self) -> str:
        return f"{self.by_name}: {self.what} {self.whom_name}".strip()

    def save(self, *args: Any, force_update: bool = False, **kwargs: Any) -> None:
        if force_update or not self._state.adding:
            raise AppendOnlyError
        super().save(*args, **kwargs | {"force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError

    @classmethod
    def record(
        cls, by: User, what: str, whom: models.Model | None = None, *, details: str = "", why: str = ""
    ) -> "StaffAct":
        """Add an entry: `by` did `what` (a code, not shown) to `whom` (an instance of any model)."""
        target = {}
        if whom is not None:
            target = {"kind": whom._meta.model_name, "whom_id": str(whom.pk), "whom_name": str(whom)[:NAME_CHARACTERS]}
        return cls.objects.create(by_id=by.pk, by_name=by.username, what=what, details=details, why=why, **target)
