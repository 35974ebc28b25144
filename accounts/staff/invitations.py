"""Invitations at the desk: made here, and shown once as a link."""

from urllib.parse import urlencode

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Invitation

from .model_admin import Desk, act


@admin.register(Invitation)
class InvitationAdmin(Desk):
    can_add = True
    list_display = ["note", "made_by", "made_at", "expires_at", "used", "uses"]
    list_select_related = ["made_by"]
    search_fields = ["note"]
    ordering = ["-pk"]
    actions = ["withdraw"]

    def get_fields(self, request, obj=None):
        asked = ["note", "uses", "expires_at"]
        return asked if obj is None else [*asked, "used", "made_by", "made_at"]

    def save_model(self, request, obj, form, change):
        obj.secret, obj.made_by = obj.draw_secret(), request.user
        super().save_model(request, obj, form, change)

    def response_add(self, request, obj, post_url_continue=None):
        link = request.build_absolute_uri(f"{reverse('sign-up')}?{urlencode({'invitation': obj.secret})}")
        return self.show_secret(request, _("The link to give away. It is shown only now."), link, self.page_of(obj))

    @act(_("Withdraw"))
    def withdraw(self, request, invitation, answers):
        Invitation.objects.filter(pk=invitation.pk).update(expires_at=timezone.now())
