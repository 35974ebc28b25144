"""The staff pages of invitations."""

from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.current_user import current_user
from accounts.models import Invitation

from .actions import CleanedData, object_action
from .model_admin import StaffModelAdmin


@admin.register(Invitation)
class InvitationAdmin(StaffModelAdmin):
    """Creates invitations and shows each one's link once."""

    can_add = True
    list_display = ["note", "made_by", "made_at", "expires_at", "used", "uses"]
    list_select_related = ["made_by"]
    search_fields = ["note"]
    ordering = ["-pk"]
    actions = ["withdraw"]

    def get_fields(self, request: HttpRequest, obj: Invitation | None = None) -> tuple[str, ...]:
        editable = ("note", "uses", "expires_at")
        return editable if obj is None else (*editable, "used", "made_by", "made_at")

    def save_model(
        self, request: HttpRequest, obj: Invitation, form: "forms.ModelForm[Invitation]", change: bool
    ) -> None:
        obj.generate_secret()
        obj.made_by = current_user(request)
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Invitation, post_url_continue: str | None = None) -> HttpResponse:
        link = request.build_absolute_uri(f"{reverse('sign-up')}?{urlencode({'invitation': obj.secret})}")
        return self.secret_page(request, _("The link to give away. It is shown only now."), link, self.change_url(obj))

    @object_action(_("Withdraw"))
    def withdraw(self, request: HttpRequest, invitation: Invitation, cleaned_data: CleanedData) -> None:
        Invitation.objects.filter(pk=invitation.pk).update(expires_at=timezone.now())
