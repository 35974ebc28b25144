"""The pages: the chat itself and the directory."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, render

from accounts.models import User
from chatsite import names
from rooms.models import Room, directory


@login_required
def chat(request, room_id=None, username=None):
    """The chat, standing in a room, or with a private conversation open; the rest comes by socket."""
    if room_id is not None and not Room.public().filter(pk=room_id).exists():
        raise Http404
    other = username and get_object_or_404(User, username_key=names.key(username), is_active=True)
    return render(request, "rooms/chat.html", {"room_id": room_id, "conversation_with": other})


@login_required
def users(request):
    people = directory()
    online = sum(person["online"] for person in people)
    return render(request, "rooms/users.html", {"people": people, "total": len(people), "online": online})
