"""Every URL and every frame is tried in every role: a new one without a row fails, and so does a missing check."""

import asyncio
import contextlib
import re
import uuid
from types import SimpleNamespace

import pytest
from asgiref.sync import sync_to_async
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import get_resolver

from accounts.models import Attempt, Session, Token
from chatsite.urls import api
from rooms.log.batch import write
from rooms.log.drafts import Draft
from rooms.models import Muted, Room
from rooms.moderation.actions import moderate
from rooms.moderation.admin.muted import MutedAdmin
from rooms.moderation.admin.reports import ReportAdmin
from rooms.moderation.models import Report
from rooms.protocol.schemas import types_of
from rooms.webhooks.models import IncomingHook, OutgoingHook, new_bot
from tools.protocol_docs.catalog import CLIENT_FRAMES

from .clients import ChatClient
from .people import sign_in, sign_up, unique
from .role_tables import ADDRESSES, ADMIN_ACTIONS, BODIES, FIELDS, FRAMES, PRIVATE_ADDRESSES, PRIVATE_FRAMES, ROLES

pytestmark = pytest.mark.once("embedded")

UNANSWERED = {"seen", "read", "typing", "ping"}
ANSWERS = ("ack", "reply", "error", "room", "page", "echo", "watching")
ENDING = re.compile("DELETE|/end/|/revoke/")


@pytest.fixture
def cast(committed, settings):
    """A user for each role; all but the anonymous have accounts."""
    settings.CHAT_ROOMS_PER_USER = 0  # each request gets a new room
    staff = sign_up("staff", is_staff=True, is_superuser=True)
    people = {role: sign_up(role) for role in ("stranger", "member", "owner", "banned")}
    yield SimpleNamespace(anonymous=None, staff=staff, **people)
    Attempt.objects.all().delete()  # the sign-ups of all tests would exceed the limit of one address


@transaction.atomic
def world(cast):
    """Return the values of the names in URLs: a room of the owner with a message of the member, and more."""
    room = Room.create(cast.owner.user, unique("Roles"))
    for person in (cast.owner, cast.member, cast.banned):
        room.admit(person.user)
    moderate(cast.owner.user, room.pk, "ban", cast.banned.id)
    [said] = write([Draft(cast.member.id, room.pk, uuid.uuid4(), "words")])
    hook, secret = IncomingHook.make(room, new_bot(unique("bot")), cast.owner.user)
    outgoing = OutgoingHook.make(room, "https://example.org/", cast.owner.user)
    Token.objects.filter(user=cast.member.id).delete()  # stay below the limit
    token, _secret = Token.issue(cast.member.user, "test", "read")
    return {
        "room": room.pk,
        "seq": said.message.seq,
        "member": cast.member.id,
        "owner": cast.owner.id,
        "staff": cast.staff.id,
        "member_name": cast.member.name,
        "token": token.pk,
        "session": Session.objects.filter(user=cast.member.id).earliest("created_at").handle,
        "incoming": hook.pk,
        "outgoing": outgoing.pk,
        "secret": secret,
        "path": "rooms",
        "format": "json",
        "nobody": "x",
        "link": "guessed",
    }


def private_world(cast):
    """Return the values of the names, with a private conversation of the member and the owner as the room."""
    room = Room.between(cast.member.user, cast.owner.user)
    [said] = write([Draft(cast.member.id, room.pk, uuid.uuid4(), "words between two")])
    return world(cast) | {"room": room.pk, "seq": said.message.seq}


# --- URLs


@pytest.mark.parametrize(
    ("world", "table"), [(world, ADDRESSES), (private_world, PRIVATE_ADDRESSES)], ids=["public", "private"]
)
def test_every_url_answers_each_role_as_in_its_row(cast, world, table):
    browsers, names = {role: browser(cast, role) for role in ROLES}, world(cast)

    found = {address: " ".join(statuses(cast, world, browsers, names, address)) for address in table}

    assert found == table


def statuses(cast, world, browsers, names, address):
    """Yield the status for each role, or `in` for a redirect to the sign-in page."""
    method, path = address.split()
    names = world(cast) if method != "GET" else names
    for role in ROLES:
        names["new"] = unique("new")
        client = browser(cast, role) if "sign-out" in path else browsers[role]
        body = {key: value.format(**names) for key, value in BODIES.get(address, {}).items()}
        kind = {"content_type": "application/json"} if "/api/" in path and method != "GET" else {}
        answer = getattr(client, method.lower())(path.format(**names), body, **kind)
        yield "in" if answer.status_code == 302 and "/sign-in/?" in answer["Location"] else str(answer.status_code)
        if ENDING.search(address) and answer.status_code < 400:
            names = world(cast)  # the next role needs what this request has ended


def browser(cast, role):
    client = Client()
    if person := getattr(cast, role):
        client.force_login(person.user)
    return client


def test_every_url_has_a_row():
    rows = {blank(path).lstrip("/") for _method, path in map(str.split, ADDRESSES)}
    assert {blank(route) for route in routes(get_resolver().url_patterns)} - rows == {"admin/"}
    calls = {
        f"{method.upper()} {blank(path)}" for path, ways in api.get_openapi_schema()["paths"].items() for method in ways
    }
    assert calls <= {blank(address) for address in ADDRESSES}
    assert {address for address in ADDRESSES if "{room}" in address} == PRIVATE_ADDRESSES.keys()


def routes(patterns, prefix=""):
    """Yield all URL patterns; those of the admin as one."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns") and route != "admin/":
            yield from routes(pattern.url_patterns, route)
        else:
            yield route


def blank(path):
    return re.sub(r"<[^>]*>|{[^}]*}", "{}", path)


def test_admin_requires_staff(cast):
    paths = ["/admin/", "/admin/password_change/", "/admin/jsi18n/"]
    for model in admin.site._registry:
        paths.append(f"/admin/{model._meta.app_label}/{model._meta.model_name}/")
    for role in ROLES:
        client, is_staff = browser(cast, role), role == "staff"
        answers = {path: client.get(path) for path in paths}
        let_in = {path for path, answer in answers.items() if answer.status_code == 200}
        assert let_in == (set(paths) if is_staff else set()), role
        assert is_staff or all("/admin/login/" in answer["Location"] for answer in answers.values()), role


def test_every_admin_action_answers_each_role_as_in_its_row(cast):
    found = {name: " ".join(admin_outcome(cast, role, *name.split()) for role in ROLES) for name in ADMIN_ACTIONS}

    assert found == ADMIN_ACTIONS
    actions = [*ReportAdmin.actions, *MutedAdmin.actions]
    assert sorted(actions) == sorted(name.split()[1] for name in ADMIN_ACTIONS if not name.startswith("private"))


def admin_outcome(cast, role, page, name):
    """Return the outcome of an admin action: `done`, `not`, or `in` for a redirect to the sign-in page."""
    names = private_world(cast) if page == "private" else world(cast)
    report = Report.make(cast.owner.user, names["room"], names["seq"])
    room = names["room"] if page == "muted" else world(cast)["room"]
    moderate(cast.owner.user, room, "mute", cast.member.id)
    muted = Muted.objects.get(room=room)
    page, chosen = ("muted", muted) if page == "muted" else ("report", report)
    form = {"_selected_action": chosen.pk, "action": name, "confirmed": "1", "reason": "x"}
    answer = browser(cast, role).post(f"/admin/rooms/{page}/", form)
    cast.member.user.lift_ban()
    sign_in(cast.member.user)
    report.refresh_from_db()
    is_done = report.settled_at is not None or not Muted.objects.filter(pk=muted.pk).exists()
    if answer.status_code == 302 and "/admin/login/" in answer["Location"]:
        assert not is_done
        return "in"
    return "done" if is_done else "not"


# --- Frames


@pytest.mark.parametrize(
    ("world", "table"), [(world, FRAMES), (private_world, PRIVATE_FRAMES)], ids=["public", "private"]
)
@pytest.mark.both_footings
async def test_every_frame_answers_each_role_as_in_its_row(cast, cluster, world, table):
    [server] = await asyncio.to_thread(cluster, 1, CHAT_FRAME_RATE=0, CHAT_MESSAGE_RATE=0)
    async with contextlib.AsyncExitStack() as stack:
        clients = {}
        for role in ROLES[1:]:
            clients[role] = await stack.enter_async_context(ChatClient(server, getattr(cast, role)))
            await clients[role].expect("hello")

        found = {name: " ".join([code async for code in answers(clients, cast, world, name)]) for name in table}

    assert found == table


async def answers(clients, cast, world, name):
    """Yield the code of the answer to a frame, or its type, or `-` for none, for each role. Members are in the room."""
    names = await sync_to_async(world)(cast)
    for role, client in clients.items():
        names = await sync_to_async(world)(cast) if name in ("close", "enter") else names
        if role in ("member", "owner"):
            assert (await client.enter(names["room"]))["type"] == "room"
        yield await answer_to(client, name, names)


async def answer_to(client, name, names):
    fields = {key: value(names) if callable(value) else value for key, value in FIELDS[name].items()}
    if name in UNANSWERED:
        await client.settle()
        before = len(client.received("error"))
        await client.send(type=frame_type(name), **fields)
        await client.settle()
        return next((frame["code"] for frame in client.received("error")[before:]), "-")
    frame_id = str(uuid.uuid4())
    await client.send(type=frame_type(name), id=frame_id, **fields)
    answer = await client.expect(*ANSWERS, id=frame_id)
    return answer.get("code", answer["type"])


def frame_type(name):
    return name.partition(":")[0]


def test_every_frame_has_a_row():
    known = {name for frame in CLIENT_FRAMES for name in types_of(frame)}
    assert known == set(map(frame_type, FRAMES))
    assert FRAMES.keys() == FIELDS.keys()
    assert {name for name, fields in FIELDS.items() if {"room", "rooms"} & fields.keys()} == PRIVATE_FRAMES.keys()
