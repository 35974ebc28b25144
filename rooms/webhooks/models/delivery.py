"""Deliveries of outgoing webhooks: a queue in the database, with retries."""

from collections.abc import Collection
from datetime import timedelta

from django.db import models, transaction
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.db.batched_delete import delete_batch
from rooms.log.history import changes_since
from rooms.models import Message, rights

from .hook import OutgoingHook

FIRST_RETRY_SECONDS = 5
RETRY_FACTOR = 4
MAX_ATTEMPTS = 8  # within about a day
RETENTION = timedelta(days=7)
ANSWER_MAX_CHARACTERS = 200


class Delivery(models.Model):
    """One change of one message for one webhook, sent with exponential backoff until it succeeds or is given up."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", _("delivered")
        GIVEN_UP = "given_up", _("given up")

    hook = models.ForeignKey(OutgoingHook, models.CASCADE, related_name="deliveries", verbose_name=_("webhook"))
    message = models.ForeignKey(Message, models.CASCADE, related_name="+", verbose_name=_("message"))
    version = models.PositiveBigIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    answer = models.CharField(_("last answer"), max_length=ANSWER_MAX_CHARACTERS, blank=True)
    created_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["hook", "message", "version"], name="delivered_once")]
        indexes = [models.Index(fields=["state", "next_at"], name="deliveries_that_are_due")]

    def __str__(self) -> str:
        return f"{self.hook_id}: {self.message}"

    @classmethod
    def enqueue(cls) -> None:
        """Store deliveries for new changes in rooms with outgoing webhooks, and advance the webhooks' cursors."""
        for hook in OutgoingHook.behind():
            found = changes_since(hook.room_id, hook.epoch, hook.version)
            with transaction.atomic():
                # After a reset the log cannot be continued: the webhook goes on from now, as a client does. A paused
                # one never receives what was written meanwhile.
                for message in found.messages if hook.is_permitted and not found.reset else []:
                    cls.objects.get_or_create(hook=hook, message=message, version=message.version)
                OutgoingHook.objects.filter(pk=hook.pk).update(epoch=found.epoch, version=found.version)

    @classmethod
    def due(cls, busy_hooks: Collection[int]) -> "list[Delivery]":
        """The oldest due delivery of each webhook, except webhooks with ids in `busy_hooks`."""
        running = OutgoingHook.objects.filter(rights.made_by_moderator(), is_active=True)
        waiting = cls.objects.filter(state=cls.State.WAITING, next_at__lte=timezone.now(), hook__in=running)
        firsts = (
            waiting.exclude(hook__in=busy_hooks).order_by().values("hook").annotate(first=Min("pk")).values("first")
        )
        return list(cls.objects.filter(pk__in=firsts).select_related("hook", "message__author"))

    @classmethod
    def delete_expired(cls) -> bool:
        """Delete one batch of finished deliveries created before `RETENTION`; return whether there are more."""
        settled = cls.objects.exclude(state=cls.State.WAITING)
        return delete_batch(settled.filter(created_at__lt=timezone.now() - RETENTION))

    def body(self) -> dict[str, object]:
        """The request's body: the message's current state, not a delta."""
        return {"type": "message", "delivery": self.pk, "room": self.hook.room_id, "message": self.message.to_dict()}

    def settle(self, is_delivered: bool, answer: str) -> None:
        """Store the result of an attempt and the time of the next one."""
        self.attempts += 1
        self.answer = answer.replace("\0", "")[:ANSWER_MAX_CHARACTERS]
        if is_delivered:
            self.state = self.State.DONE
        elif self.attempts >= MAX_ATTEMPTS:
            self.state = self.State.GIVEN_UP
        self.next_at = timezone.now() + timedelta(seconds=FIRST_RETRY_SECONDS * RETRY_FACTOR ** (self.attempts - 1))
        # An update, not a save: the webhook may have been deleted meanwhile, and its deliveries with it.
        result = {"attempts": self.attempts, "answer": self.answer, "state": self.state, "next_at": self.next_at}
        type(self).objects.filter(pk=self.pk).update(**result)
