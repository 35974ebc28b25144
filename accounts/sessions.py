"""Who is behind a session."""

from accounts.models import Session


def user_of(session_key):
    session = Session.objects.filter(pk=session_key).select_related("user").first()
    return session and session.user


def alive(session_keys):
    return set(Session.objects.filter(pk__in=session_keys).values_list("pk", flat=True))
