"""Webhooks and their deliveries on the staff site."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.staff.actions import object_action
from accounts.staff.model_admin import StaffModelAdmin

from .models import Delivery, IncomingHook, OutgoingHook


class ReadOnlyAdmin(StaffModelAdmin):
    """Staff can read and delete; webhooks are made over REST, deliveries by the dispatcher."""

    can_delete = True
    ordering = ["-pk"]


class HookAdmin(ReadOnlyAdmin):
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        annotated: QuerySet[Any] = super().get_queryset(request).with_permission()  # type: ignore[attr-defined]
        return annotated

    @admin.display(description=_("goes on"), boolean=True)
    def is_running(self, hook: IncomingHook | OutgoingHook) -> bool:
        return not hook.paused and hook.room.closed_at is None


@admin.register(IncomingHook)
class IncomingHookAdmin(HookAdmin):
    list_display = ["bot", "room", "is_running", "made_by", "created_at"]
    list_select_related = ["bot", "room", "made_by"]
    search_fields = ["bot__username", "room__name"]
    readonly_fields = ["room", "bot", "made_by", "created_at"]

    def delete_model(self, request: HttpRequest, obj: IncomingHook) -> None:
        IncomingHook.delete_with_bots(IncomingHook.objects.filter(pk=obj.pk))


@admin.register(OutgoingHook)
class OutgoingHookAdmin(HookAdmin):
    list_display = ["url", "room", "is_running", "is_active", "made_by", "created_at"]
    list_filter = ["is_active"]
    list_select_related = ["room", "made_by"]
    search_fields = ["url", "room__name"]
    fields = ["room", "url", "is_active", "made_by", "created_at"]
    readonly_fields = ["room", "url", "made_by", "created_at"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ["hook", "message", "state", "attempts", "next_at", "answer"]
    list_filter = ["state"]
    list_select_related = ["hook__room", "message"]
    search_fields = ["hook__url", "answer"]
    readonly_fields = ["hook", "message", "version", "state", "attempts", "next_at", "answer", "created_at"]
    actions = ["send_again"]

    @object_action(_("Send again"))
    def send_again(self, request: HttpRequest, delivery: Delivery, cleaned_data: object) -> None:
        Delivery.objects.filter(pk=delivery.pk).update(state=Delivery.State.WAITING, attempts=0, next_at=timezone.now())
