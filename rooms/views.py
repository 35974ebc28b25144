"""The chat page, and the addresses by which other programs know the site's pages."""

from typing import Any

from csp.decorators import csp_update
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.current_user import current_user
from accounts.models import User
from common import names
from common.version import PROTOCOL, VERSION
from rooms.commands import help_table
from rooms.direct.messages import private_messages
from rooms.directory.listing import directory
from rooms.models import Membership, NotificationLevel, Room
from rooms.protocol.errors import ChatError

# Markup, and addresses of scripts, come only from the one module of this name in static/js.
trusted_types = csp_update({"require-trusted-types-for": ["'script'"], "trusted-types": ["tertulia"]})


@trusted_types
@login_required
def chat(request: HttpRequest, room_id: int | None = None, username: str | None = None) -> HttpResponse:
    """The chat, in a room or with a direct conversation open; everything else comes by the socket."""
    user = current_user(request)
    if room_id is not None and not is_visible(user, room_id):
        raise Http404
    other = User.objects.find_active(username) if username else None
    if username and other is None:
        raise Http404
    context: dict[str, Any] = {"room_id": room_id, "conversation_with": other, "commands": help_table()}
    context |= {"protocol": PROTOCOL, "version": VERSION, "levels": Membership.levels_of(user)}
    return render(request, "rooms/chat.html", context)


def is_visible(user: User, room_id: int) -> bool:
    """Whether a user may know of a public room; false alike for hidden and missing ones."""
    try:
        Room.public_to(user, room_id)
    except ChatError:
        return False
    return True


@require_POST
@login_required
def choose_level(request: HttpRequest, room_id: int) -> HttpResponse:
    """Set the notification level of one of the user's rooms; 404 if the user is not a member."""
    level = request.POST.get("level", "")
    if level not in NotificationLevel.values:
        return HttpResponseBadRequest()
    if not Membership.choose_level(room_id, current_user(request), level):
        raise Http404
    return HttpResponse(status=204)


@login_required
def own_conversation(request: HttpRequest, user_id: int) -> HttpResponse:
    """Redirect to the conversation of the newest private message; only for one's own id."""
    user = current_user(request)
    if user_id != user.pk:
        raise Http404
    newest, _before = private_messages(user, limit=1)
    for message in newest:
        people: list[Any] = [message["author"], message["recipient"]]
        for person in people:
            if person and person["id"] != user_id:
                return redirect("conversation", person["name"])
    return redirect("chat")


@login_required
def users(request: HttpRequest) -> HttpResponse:
    """A page of the directory: connected users first, or by name after a name."""
    after = request.GET.get("after")
    page = directory(current_user(request), names.quotable(after) if after else None)
    return render(request, "rooms/users.html", {"directory": page})


@login_required
def lab(request: HttpRequest) -> HttpResponse:
    """The page that shows the protocol at work."""
    return render(request, "rooms/lab.html")
