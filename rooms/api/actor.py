"""The actor behind a REST call."""

from django.utils.translation import get_language

from accounts.api.requests import SignedInRequest
from rooms.hub.facade import OfflineActor


def actor_of(request: SignedInRequest, room_id: int | None = None) -> OfflineActor:
    return OfflineActor(request.auth, get_language(), room_id)
