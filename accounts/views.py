"""Pages of sign-up, sign-in, the profile, passwords, sessions and tokens."""

import math
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY, login, logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
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
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import FormView, UpdateView
from django.views.i18n import set_language

from common.errors import ExpectedError

from .current_user import current_user
from .forms import (
    DeleteAccountForm,
    NewPasswordForm,
    PasswordForm,
    ProfileForm,
    SignInForm,
    SignUpForm,
    ThrottledForm,
    TokenForm,
    too_often,
)
from .models import AccountDeletion, User
from .passwords import refuse_sign_up, remember_browser, throttle_sign_up

ResponseT = TypeVar("ResponseT", bound=HttpResponseBase)

# Django's classes take their type parameters only in its stubs.
if TYPE_CHECKING:
    ProfileView = UpdateView[User, ProfileForm]
    DeleteAccountView = FormView[DeleteAccountForm]
else:
    ProfileView, DeleteAccountView = UpdateView, FormView


class VisitorView(LoginView):
    """A page for visitors. Redirects, afterwards or if signed in, to `next` on this site, or to the chat."""

    redirect_authenticated_user = True

    def get_redirect_url(self) -> str:  # type: ignore[override] # the stubs are of a later Django
        url: str = super().get_redirect_url()
        return "" if url.partition("?")[0] == self.request.path else url


class SignIn(VisitorView):
    form_class = SignInForm
    template_name = "accounts/sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(may_sign_up=settings.REGISTRATION == "everyone", **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        return remember_browser(super().form_valid(form), form.get_user())

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        return with_retry_after(super().form_invalid(form), form)


class SignOut(LogoutView):
    """Ends the session, and clears what the browser stored for offline use."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return with_storage_cleared(super().post(request, *args, **kwargs))


class SignUp(VisitorView):
    form_class = SignUpForm  # type: ignore[assignment] # any form will do, without the request
    template_name = "accounts/sign_up.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            refuse_sign_up(self.invitation)
            return super().dispatch(request, *args, **kwargs)
        except ExpectedError as error:
            context = {"words": error.text}
            return render(request, "accounts/no_sign_up.html", context, status=error.status)

    @property
    def invitation(self) -> str:
        return self.request.GET.get("invitation", "")

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs = super().get_form_kwargs()
        del kwargs["request"]
        return kwargs | {"invitation": self.invitation}

    def form_valid(self, form: SignUpForm) -> HttpResponse:  # type: ignore[override] # see `form_class`
        try:
            throttle_sign_up(self.request)
        except ExpectedError as slow_down:
            form.retry_after = math.ceil(slow_down.retry_after or 0)
            form.add_error(None, too_often(slow_down))
            return with_retry_after(self._shown_again(form), form)
        user = form.create()
        if user is None:
            return self._shown_again(form)
        login(self.request, user)
        return remember_browser(HttpResponseRedirect(self.get_success_url()), user)

    def _shown_again(self, form: SignUpForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form))


class Profile(LoginRequiredMixin, ProfileView):
    form_class = ProfileForm
    template_name = "accounts/profile.html"
    success_url = reverse_lazy("profile")

    def get_object(self, queryset: object = None) -> User:
        # Not `request.user`: the form writes to this instance, and the page's header must not show rejected input.
        return get_object_or_404(User, pk=self.request.user.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = current_user(self.request)
        sessions = user.sessions.filter(expire_date__gt=timezone.now()).order_by("-created_at")
        kwargs |= {"sessions": sessions, "own_session_key": self.request.session.session_key}
        kwargs |= {"tokens": user.tokens.order_by("pk"), "token_form": TokenForm(user=user)}
        return super().get_context_data(**kwargs)

    def form_valid(self, form: ProfileForm) -> HttpResponse:
        user: User = form.save()
        translation.activate(user.language or translation.get_language_from_request(self.request))
        messages.success(self.request, _("Your profile is saved."))
        return redirect("profile")


class Password(PasswordChangeView):
    """Changes the password and ends all other sessions.

    This session keeps its key too, so that the sockets of the browser's other tabs stay open.
    """

    form_class = PasswordForm
    template_name = "accounts/password.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"session_key": self.request.session.session_key}

    def form_invalid(self, form: PasswordChangeForm) -> HttpResponse:
        return with_retry_after(super().form_invalid(form), form)

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        user = form.save(commit=False)  # the slow hash, outside the transaction
        try:
            self._save(user)
        except UpdateError:  # the session was ended concurrently, perhaps with the account
            logout(self.request)
            return redirect("sign-in")
        messages.success(self.request, _("Your password is changed. You are signed out everywhere else."))
        return redirect("profile")

    def _save(self, user: User) -> None:
        # One transaction, or this session would be invalid between the two writes.
        with transaction.atomic():
            user.save(update_fields=["password"])
            self.request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()
            self.request.session.save()
            user.end_sessions(but=self.request.session.session_key)


class DeleteAccount(LoginRequiredMixin, DeleteAccountView):
    """States what is deleted and what stays, and deletes the account."""

    form_class = DeleteAccountForm
    template_name = "accounts/delete.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        session_key = self.request.session.session_key
        return super().get_form_kwargs() | {"user": current_user(self.request), "session_key": session_key}

    def form_invalid(self, form: DeleteAccountForm) -> HttpResponse:
        return with_retry_after(super().form_invalid(form), form)

    def form_valid(self, form: DeleteAccountForm) -> HttpResponse:
        try:
            AccountDeletion.start(form.user, is_own=True)
        except ValidationError as error:
            form.add_error(None, error)
            return self.form_invalid(form)
        logout(self.request)
        sentence = _("Your account is deleted. Thank you for having been here.")
        messages.success(self.request, sentence, extra_tags="gone")
        return with_storage_cleared(redirect("sign-in"))


class NewPassword(PasswordResetConfirmView):
    """Sets a new password by a reset link, which staff make for a user who has forgotten theirs."""

    form_class = NewPasswordForm
    template_name = "accounts/new_password.html"
    success_url = reverse_lazy("sign-in")

    def form_valid(self, form: NewPasswordForm) -> HttpResponse:  # type: ignore[override] # see `form_class`
        if not form.set_password():
            self.validlink = False
            return self.render_to_response(self.get_context_data())
        del self.request.session[INTERNAL_RESET_SESSION_TOKEN]
        messages.success(self.request, _("Your new password is set. Sign in by it."))
        return redirect(self.success_url)


def with_storage_cleared(response: ResponseT) -> ResponseT:
    """`response` with the header that makes the browser clear its storage."""
    response["Clear-Site-Data"] = '"storage"'
    return response


def with_retry_after(response: ResponseT, form: BaseForm) -> ResponseT:
    """`response`, as 429 with `Retry-After` if the form was throttled."""
    if isinstance(form, ThrottledForm) and form.retry_after is not None:
        response.status_code = 429
        response["Retry-After"] = str(form.retry_after)
    return response


@require_POST
@login_required
def end_session(request: HttpRequest, handle: str) -> HttpResponse:
    session = next((session for session in current_user(request).sessions.all() if session.handle == handle), None)
    if session is None:
        raise Http404
    session.delete()
    messages.success(request, _("That session is ended."))
    return redirect("profile")


@require_POST
@login_required
def make_token(request: HttpRequest) -> HttpResponse:
    """Issue a token and show its secret once, in the response itself: a redirect would have to store it."""
    form = TokenForm(request.POST, user=current_user(request))
    issued = form.issue()
    if issued is None:
        return render(request, "accounts/token.html", {"form": form})
    token, secret = issued
    response = render(request, "accounts/token.html", {"token": token, "secret": secret})
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@login_required
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(current_user(request).tokens, pk=pk).delete()
    messages.success(request, _("That token is revoked."))
    return redirect("profile")


def choose_language(request: HttpRequest) -> HttpResponse:
    """Django's `set_language`, which also stores the language in the profile: that one takes precedence."""
    language = request.POST.get("language", "")
    if isinstance(request.user, User) and language in dict(settings.LANGUAGES):
        request.user.language = language
        request.user.save(update_fields=["language"])
    return set_language(request)
