"""Webhooks in Django's admin: who talks with which room, and what became of what was sent."""

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.staff.actions import object_action
from accounts.staff.model_admin import StaffModelAdmin

from .models import Delivery, IncomingHook, OutgoingHook


class Seen(StaffModelAdmin):
    """To be looked at; hooks are made by REST, and may be removed here."""

    can_delete = True
    ordering = ["-pk"]


class Hooks(Seen):
    def get_queryset(self, request):
        return super().get_queryset(request).with_say()  # type: ignore[attr-defined]

    @admin.display(description=_("goes on"), boolean=True)
    def goes_on(self, hook):
        return not hook.rests and hook.room.closed_at is None


@admin.register(IncomingHook)
class IncomingHookAdmin(Hooks):
    list_display = ["bot", "room", "goes_on", "made_by", "created_at"]
    list_select_related = ["bot", "room", "made_by"]
    search_fields = ["bot__username", "room__name"]
    readonly_fields = ["room", "bot", "made_by", "created_at"]

    def delete_model(self, request, obj):
        IncomingHook.end(IncomingHook.objects.filter(pk=obj.pk))


@admin.register(OutgoingHook)
class OutgoingHookAdmin(Hooks):
    list_display = ["url", "room", "goes_on", "is_active", "made_by", "created_at"]
    list_filter = ["is_active"]
    list_select_related = ["room", "made_by"]
    search_fields = ["url", "room__name"]
    fields = ["room", "url", "is_active", "made_by", "created_at"]
    readonly_fields = ["room", "url", "made_by", "created_at"]


@admin.register(Delivery)
class DeliveryAdmin(Seen):
    list_display = ["hook", "message", "state", "attempts", "next_at", "answer"]
    list_filter = ["state"]
    list_select_related = ["hook__room", "message"]
    search_fields = ["hook__url", "answer"]
    readonly_fields = ["hook", "message", "version", "state", "attempts", "next_at", "answer", "created_at"]
    actions = ["send_again"]

    @object_action(_("Send again"))
    def send_again(self, request, delivery, answers):
        Delivery.objects.filter(pk=delivery.pk).update(state=Delivery.State.WAITING, attempts=0, next_at=timezone.now())
