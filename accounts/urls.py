"""URLs below `accounts/`."""

from django.urls import path

from common import url_converters as url_converters  # registers the converter `<key:…>`

from . import theme, views

urlpatterns = [
    path("sign-up/", views.SignUp.as_view(), name="sign-up"),
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", views.SignOut.as_view(), name="sign-out"),
    path("profile/", views.Profile.as_view(), name="profile"),
    path("profile/delete/", views.DeleteAccount.as_view(), name="delete-account"),
    path("password/", views.Password.as_view(), name="password"),
    path("password/<str:uidb64>/<str:token>/", views.NewPassword.as_view(), name="new-password"),
    path("sessions/<str:handle>/end/", views.end_session, name="end-session"),
    path("tokens/", views.make_token, name="make-token"),
    path("tokens/<key:pk>/revoke/", views.revoke_token, name="revoke-token"),
    path("i18n/setlang/", views.choose_language, name="set_language"),
    path("theme/", theme.choose_theme, name="set-theme"),
]
