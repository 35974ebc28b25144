"""What outgoing webhooks are to be told, until they have taken it."""

from datetime import timedelta

from django.db import models, transaction
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.db.batched_delete import delete_some
from rooms.log.history import changes_since
from rooms.models import rights
from rooms.models.message import Message

from .hook import OutgoingHook

FIRST_WAIT_SECONDS = 5
WAIT_GROWTH = 4
ATTEMPTS = 8  # over about a day
KEPT = timedelta(days=7)
ANSWER_CHARACTERS = 200


class Delivery(models.Model):
    """One change of one message for one hook; tried again, ever more seldom, until it is taken or given up."""

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
    answer = models.CharField(_("last answer"), max_length=ANSWER_CHARACTERS, blank=True)
    created_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["hook", "message", "version"], name="delivered_once")]
        indexes = [models.Index(fields=["state", "next_at"], name="deliveries_that_are_due")]

    def __str__(self):
        return f"{self.hook_id}: {self.message}"

    @classmethod
    def queue(cls):
        """Note, from the logs, what hooks have not been told yet. Written with the place up to which that is so."""
        for hook in OutgoingHook.behind():
            found = changes_since(hook.room_id, hook.epoch, hook.version)
            with transaction.atomic():
                # After a reset there is no continuation: the hook goes on from now, as a client does. One that rests
                # is never told of what was said meanwhile.
                for message in found.messages if hook.has_say and not found.reset else []:
                    cls.objects.get_or_create(hook=hook, message=message, version=message.version)
                OutgoingHook.objects.filter(pk=hook.pk).update(epoch=found.epoch, version=found.version)

    @classmethod
    def due(cls, busy):
        """The oldest that is due of each hook, but those with ids in `busy`."""
        active = OutgoingHook.objects.filter(rights.made_by_moderator(), is_active=True)
        waiting = cls.objects.filter(state=cls.State.WAITING, next_at__lte=timezone.now(), hook__in=active)
        firsts = waiting.exclude(hook__in=busy).order_by().values("hook").annotate(first=Min("pk")).values("first")
        return list(cls.objects.filter(pk__in=firsts).select_related("hook", "message__author"))

    @classmethod
    def sweep(cls):
        """Forget some of those long settled; whether there are more."""
        settled = cls.objects.exclude(state=cls.State.WAITING)
        return delete_some(settled.filter(created_at__lt=timezone.now() - KEPT))

    def body(self):
        """The message as it is now: state, not deltas."""
        return {"type": "message", "delivery": self.pk, "room": self.hook.room_id, "message": self.message.to_dict()}

    def settle(self, is_taken, answer):
        """Note what came of an attempt, and when the next one is due."""
        self.attempts += 1
        self.answer = answer.replace("\0", "")[:ANSWER_CHARACTERS]
        if is_taken:
            self.state = self.State.DONE
        elif self.attempts >= ATTEMPTS:
            self.state = self.State.GIVEN_UP
        self.next_at = timezone.now() + timedelta(seconds=FIRST_WAIT_SECONDS * WAIT_GROWTH ** (self.attempts - 1))
        # The hook, and this with it, may have been removed meanwhile.
        noted = {"attempts": self.attempts, "answer": self.answer, "state": self.state, "next_at": self.next_at}
        type(self).objects.filter(pk=self.pk).update(**noted)
