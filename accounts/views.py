"""Signing up, in and out, and one's own profile."""

import math

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY, login, logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import (
    INTERNAL_RESET_SESSION_TOKEN,
    LoginView,
    LogoutView,
    PasswordChangeView,
    PasswordResetConfirmView,
)
from django.contrib.sessions.backends.base import UpdateError
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import FormView, UpdateView
from django.views.i18n import set_language

from common.errors import ExpectedError

from .forms import (
    DepartureForm,
    NewPasswordForm,
    PasswordForm,
    ProfileForm,
    SignInForm,
    SignUpForm,
    TokenForm,
    too_often,
)
from .models import Departure, User
from .passwords import note_sign_up, refuse_sign_up, remember


class Door(LoginView):
    """A page for those who are not signed in; leads on to `next`, if that is on this site, or to the chat."""

    redirect_authenticated_user = True

    def get_redirect_url(self):  # type: ignore[override] # the stubs are of a later Django
        url = super().get_redirect_url()
        return "" if url.partition("?")[0] == self.request.path else url


class SignIn(Door):
    form_class = SignInForm
    template_name = "accounts/sign_in.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(may_sign_up=settings.REGISTRATION == "everyone", **kwargs)

    def form_valid(self, form):
        return remember(super().form_valid(form), form.get_user())

    def form_invalid(self, form):
        return slowed_down(super().form_invalid(form), form)


class SignOut(LogoutView):
    """Ends the session; the browser, too, forgets what it kept of this person for times without a line."""

    def post(self, request, *args, **kwargs):
        return forgotten(super().post(request, *args, **kwargs))


class SignUp(Door):
    form_class = SignUpForm  # type: ignore[assignment] # any form will do, without the request
    template_name = "accounts/sign_up.html"

    def dispatch(self, request, *args, **kwargs):
        try:
            refuse_sign_up(self.invitation)
            return super().dispatch(request, *args, **kwargs)
        except ExpectedError as refused:
            context = {"words": refused.text}
            return render(request, "accounts/no_sign_up.html", context, status=refused.status)

    @property
    def invitation(self):
        return self.request.GET.get("invitation", "")

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs()
        del kwargs["request"]
        return kwargs | {"invitation": self.invitation}

    def form_valid(self, form):
        try:
            note_sign_up(self.request)
        except ExpectedError as slow_down:
            form.retry_after = math.ceil(slow_down.retry_after or 0)
            form.add_error(None, too_often(slow_down))
            return slowed_down(self.form_invalid(form), form)
        user = form.save()
        if user is None:
            return self.form_invalid(form)
        login(self.request, user)
        return remember(HttpResponseRedirect(self.get_success_url()), user)


class Profile(LoginRequiredMixin, UpdateView):
    form_class = ProfileForm
    template_name = "accounts/profile.html"
    success_url = reverse_lazy("profile")

    def get_object(self, queryset=None):
        # A copy of its own: the page's head must not greet by what was typed and refused.
        return get_object_or_404(User, pk=self.request.user.pk)

    def get_context_data(self, **kwargs):
        sessions = self.request.user.sessions.filter(expire_date__gt=timezone.now()).order_by("-created_at")
        kwargs |= {"sessions": sessions, "own_session_key": self.request.session.session_key}
        kwargs |= {"tokens": self.request.user.tokens.order_by("pk"), "token_form": TokenForm(user=self.request.user)}
        return super().get_context_data(**kwargs)

    def form_valid(self, form):
        user = form.save()
        translation.activate(user.language or translation.get_language_from_request(self.request))
        messages.success(self.request, _("Your profile is saved."))
        return redirect("profile")


class Password(PasswordChangeView):
    form_class = PasswordForm
    template_name = "accounts/password.html"

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"session_key": self.request.session.session_key}

    def form_invalid(self, form):
        return slowed_down(super().form_invalid(form), form)

    def form_valid(self, form):
        """Keep this session and end the others. It keeps its key too: the chat goes on in this browser's other tabs.

        All in one transaction, or for a moment this session would hold the hash of a password that is gone.
        """
        user = form.save(commit=False)  # the slow hash, before the transaction
        try:
            self._keep_session(user)
        except UpdateError:  # ended meanwhile, perhaps with the account
            logout(self.request)
            return redirect("sign-in")
        messages.success(self.request, _("Your password is changed. You are signed out everywhere else."))
        return redirect("profile")

    def _keep_session(self, user):
        with transaction.atomic():
            user.save(update_fields=["password"])
            self.request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()
            self.request.session.save()
            user.end_sessions(but=self.request.session.session_key)


class DeleteAccount(LoginRequiredMixin, FormView):
    """Says what goes and what stays; and then all of it goes at once."""

    form_class = DepartureForm
    template_name = "accounts/delete.html"

    def get_form_kwargs(self):
        session_key = self.request.session.session_key
        return super().get_form_kwargs() | {"user": self.request.user, "session_key": session_key}

    def form_invalid(self, form):
        return slowed_down(super().form_invalid(form), form)

    def form_valid(self, form):
        try:
            Departure.of(self.request.user, is_own=True)
        except ValidationError as refused:
            form.add_error(None, refused)
            return self.form_invalid(form)
        logout(self.request)
        words = _("Your account is deleted. Thank you for having been here.")
        messages.success(self.request, words, extra_tags="gone")
        return forgotten(redirect("sign-in"))


class NewPassword(PasswordResetConfirmView):
    """Where a link leads that staff have made for somebody who has forgotten the password."""

    form_class = NewPasswordForm
    template_name = "accounts/new_password.html"
    success_url = reverse_lazy("sign-in")

    def form_valid(self, form):
        if form.save() is None:
            self.validlink = False
            return self.render_to_response(self.get_context_data())
        del self.request.session[INTERNAL_RESET_SESSION_TOKEN]
        messages.success(self.request, _("Your new password is set. Sign in by it."))
        return redirect(self.success_url)


def forgotten(response):
    """The browser keeps nothing more of this person."""
    response["Clear-Site-Data"] = '"storage"'
    return response


def slowed_down(response, form):
    """`response`, as 429 where the form was not even looked at."""
    if form.retry_after is not None:
        response.status_code = 429
        response["Retry-After"] = form.retry_after
    return response


@require_POST
@login_required
def end_session(request, handle):
    session = next((session for session in request.user.sessions.all() if session.handle == handle), None)
    if session is None:
        raise Http404
    session.delete()
    messages.success(request, _("That session is ended."))
    return redirect("profile")


@require_POST
@login_required
def make_token(request):
    """Make a token and show its secret, this once: the answer itself, for nothing that could be asked for again."""
    form = TokenForm(request.POST, user=request.user)
    made = form.make()
    if made is None:
        return render(request, "accounts/token.html", {"form": form})
    token, secret = made
    response = render(request, "accounts/token.html", {"token": token, "secret": secret})
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@login_required
def revoke_token(request, pk):
    get_object_or_404(request.user.tokens, pk=pk).delete()
    messages.success(request, _("That token is revoked."))
    return redirect("profile")


def choose_language(request):
    """Django's language switch, which also writes the choice into the profile: the profile's language would win."""
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in dict(settings.LANGUAGES):
        request.user.language = language
        request.user.save(update_fields=["language"])
    return set_language(request)
