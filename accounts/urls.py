"""Where accounts are found, below `accounts/`."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from . import views

urlpatterns = [
    path("sign-up/", views.SignUp.as_view(), name="sign-up"),
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("profile/", views.Profile.as_view(), name="profile"),
    path("password/", views.Password.as_view(), name="password"),
    path("sessions/<str:handle>/end/", views.end_session, name="end-session"),
    path("i18n/setlang/", views.choose_language, name="set_language"),
]
