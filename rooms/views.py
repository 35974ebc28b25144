"""The pages: the chat itself, the directory and the lab."""

from csp.decorators import csp_update
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.models import User
from common import names
from common.version import PROTOCOL, VERSION
from rooms.direct.messages import private_messages
from rooms.protocol.errors import ChatError

from .commands import help_table
from .directory.listing import directory
from .models import Membership, NotificationLevel, Room

# Markup, and addresses of scripts, only from the one module that is called so: static/js/trusted.js.
trusted_types = csp_update({"require-trusted-types-for": ["'script'"], "trusted-types": ["tertulia"]})


@trusted_types
@login_required
def chat(request, room_id=None, username=None):
    """The chat, standing in a room, or with a private conversation open; the rest comes by socket."""
    if room_id is not None:
        reached(Room.public_to, request.user, room_id)
    other = username and User.objects.somebody(username)
    if username and other is None:
        raise Http404
    context = {"room_id": room_id, "conversation_with": other, "commands": help_table()}
    context |= {"protocol": PROTOCOL, "version": VERSION, "levels": Membership.levels_of(request.user)}
    return render(request, "rooms/chat.html", context)


def reached(reach, *args):
    """What somebody can reach; a 404 for the rest, missing or not."""
    try:
        return reach(*args)
    except ChatError:
        raise Http404 from None


@require_POST
@login_required
def choose_level(request, room_id):
    """Of what a room of theirs tells a person who is elsewhere; what is not theirs is not there."""
    level = request.POST.get("level", "")
    if level not in NotificationLevel.values:
        return HttpResponseBadRequest()
    if not Membership.choose_level(room_id, request.user, level):
        raise Http404
    return HttpResponse(status=204)


@login_required
def own_conversation(request, user_id):
    """Where other programs' links lead to: one's own private messages, that is the conversation of the last one."""
    if user_id != request.user.pk:
        raise Http404
    newest, _before = private_messages(request.user, limit=1)
    for message in newest:
        others = [person for person in (message["author"], message["recipient"]) if person and person["id"] != user_id]
        if others:
            return redirect("conversation", others[0]["name"])
    return redirect("chat")


@login_required
def users(request):
    """A page of the directory: the connected first, or by name after one."""
    after = request.GET.get("after")
    return render(request, "rooms/users.html", {"directory": directory(request.user, after and names.shown(after))})


@login_required
def lab(request):
    """The protocol to play with."""
    return render(request, "rooms/lab.html")
