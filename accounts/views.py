"""Signing up, in and out, and one's own profile."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY, login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse_lazy
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import UpdateView
from django.views.i18n import set_language

from .forms import PasswordForm, ProfileForm, SignInForm, SignUpForm
from .models import User


class Door(LoginView):
    """A page for those who are not signed in; leads on to `next`, if that is on this site, or to the chat."""

    redirect_authenticated_user = True

    def get_redirect_url(self):  # type: ignore[override] # the stubs are of a later Django
        url = super().get_redirect_url()
        return "" if url.partition("?")[0] == self.request.path else url


class SignIn(Door):
    form_class = SignInForm
    template_name = "accounts/sign_in.html"


class SignUp(Door):
    form_class = SignUpForm  # type: ignore[assignment] # any form will do, without the request
    template_name = "accounts/sign_up.html"

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs()
        del kwargs["request"]
        return kwargs

    def form_valid(self, form):
        user = form.save()
        if user is None:
            return self.form_invalid(form)
        login(self.request, user)
        return HttpResponseRedirect(self.get_success_url())


class Profile(LoginRequiredMixin, UpdateView):
    form_class = ProfileForm
    template_name = "accounts/profile.html"
    success_url = reverse_lazy("profile")

    def get_object(self, queryset=None):
        # A copy of its own: the page's head must not greet by what was typed and refused.
        return get_object_or_404(User, pk=self.request.user.pk)

    def get_context_data(self, **kwargs):
        sessions = self.request.user.sessions.filter(expire_date__gt=timezone.now()).order_by("-created_at")
        return super().get_context_data(sessions=sessions, own_session_key=self.request.session.session_key, **kwargs)

    def form_valid(self, form):
        user = form.save()
        translation.activate(user.language or translation.get_language_from_request(self.request))
        messages.success(self.request, _("Your profile is saved."))
        return redirect("profile")


class Password(PasswordChangeView):
    form_class = PasswordForm
    template_name = "accounts/password.html"

    def form_valid(self, form):
        """Keep this session and end the others. It keeps its key too: the chat goes on in this browser's other tabs.

        All in one transaction, or for a moment this session would hold the hash of a password that is gone.
        """
        user = form.save(commit=False)  # the slow hash, before the transaction
        with transaction.atomic():
            user.save()
            self.request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()
            self.request.session.save()
            user.end_sessions(but=self.request.session.session_key)
        messages.success(self.request, _("Your password is changed. You are signed out everywhere else."))
        return redirect("profile")


@require_POST
@login_required
def end_session(request, handle):
    session = next((session for session in request.user.sessions.all() if session.handle == handle), None)
    if session is None:
        raise Http404
    session.delete()
    messages.success(request, _("That session is ended."))
    return redirect("profile")


def choose_language(request):
    """Django's language switch, which also writes the choice into the profile: the profile's language would win."""
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in dict(settings.LANGUAGES):
        request.user.language = language
        request.user.save(update_fields=["language"])
    return set_language(request)
