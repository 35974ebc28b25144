"""Rooms, messages and commands over REST, and their agreement with the socket."""

import uuid
from asyncio import to_thread
from concurrent.futures import ThreadPoolExecutor

import pytest

from rooms.models import Message, Room
from rooms.protocol.schemas import MessageDict
from tests.api_clients import refusal
from tests.people import unique
from tests.waiting import in_time

pytestmark = pytest.mark.once("grown")


@pytest.fixture
def ana(people, api_client):
    return api_client(people.ana)


@pytest.fixture
def bruno(people, api_client):
    return api_client(people.bruno, server=-1)


@pytest.fixture
def room(ana):
    return ana.post("rooms", name=unique("Chess")).json()


def test_message_has_one_schema_everywhere(ana, room):
    said = ana.post(f"rooms/{room['id']}/messages", text="hola").json()
    shape = Message.objects.get(room=room["id"], seq=said["seq"]).to_dict()
    assert shape.keys() == MessageDict.__required_keys__
    assert said == shape | {"room": room["id"], "duplicate": False}
    assert ana.get(f"rooms/{room['id']}/messages").json()["messages"] == [shape]


def test_room_is_created_listed_hidden_and_deleted(ana, bruno):
    name = unique("Chess")
    made = ana.post("rooms", name=name)
    assert made.status_code == 201 and made.json()["name"] == name
    shown = bruno.get(made.headers["Location"].removeprefix("/api/v1/")).json()
    assert without_countdown(shown) == without_countdown(made.json())
    assert without_countdown(made.json()) in [without_countdown(room) for room in bruno.get("rooms").json()["rooms"]]
    assert refusal(bruno.post("rooms", name=name.upper())) == (409, "room_taken", None)

    assert bruno.delete(f"rooms/{made.json()['id']}").json()["code"] == "room_hidden"
    assert ana.delete(f"rooms/{made.json()['id']}").json()["code"] == "room_deleted"
    assert refusal(bruno.get(f"rooms/{made.json()['id']}")) == (404, "no_such_room", None)


def without_countdown(room):
    """The card without its countdown, which starts meanwhile: the owner has no connected client."""
    return {name: value for name, value in room.items() if name != "closes_at"}


def test_default_room_cannot_be_deleted(ana):
    assert refusal(ana.delete(f"rooms/{Room.default().pk}")) == (409, "default_room_stays", None)


@pytest.mark.both_footings
def test_resend_with_same_client_id_stores_once(ana, room):
    body = {"text": "once", "client_id": str(uuid.uuid4())}
    first, again = (ana.post(f"rooms/{room['id']}/messages", **body) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json() | {"duplicate": True}
    assert len(ana.get(f"rooms/{room['id']}/messages").json()["messages"]) == 1


@pytest.mark.both_footings
def test_log_is_paged_by_seq(ana, bruno, room):
    here = f"rooms/{room['id']}/messages"
    for number in range(1, 8):
        ana.post(here, text=f"line {number}")

    def places(**part):
        answer = bruno.get(here, **part).json()
        return [message["seq"] for message in answer["messages"]], answer["more"]

    assert places(limit=3) == ([5, 6, 7], True)
    assert places(before=5, limit=3) == ([2, 3, 4], True)
    assert places(before=3) == ([1, 2], False)
    assert places(after=5) == ([6, 7], False)
    assert places(around="4", limit=3) == ([3, 4, 5], True)


@pytest.mark.both_footings
def test_polling_by_version_returns_only_changes(ana, bruno, room):
    here = f"rooms/{room['id']}/messages"
    ana.post(here, text="one")
    held = bruno.get(here).json()
    ana.post(here, text="two")

    news = bruno.get(here, since=held["version"], epoch=held["epoch"]).json()

    assert [message["text"] for message in news["messages"]] == ["two"] and not news["reset"]
    assert bruno.get(here, since=news["version"], epoch="another").json()["reset"]
    assert bruno.get(here, since=10**9, epoch=news["epoch"]).json()["reset"]


@pytest.mark.both_footings
def test_polling_by_etag_returns_304_until_a_change(ana, bruno, room):
    for path in (f"rooms/{room['id']}/messages", "messages"):
        tag = {"If-None-Match": bruno.get(path).headers["ETag"]}
        same = bruno.call("GET", path, headers=tag)
        assert same.status_code == 304 and same.headers["ETag"] == tag["If-None-Match"]
        ana.post(f"rooms/{room['id']}/messages", text="news")
        ana.post("messages", recipient_id=bruno.token.user_id, text="news")
        assert bruno.call("GET", path, headers=tag).status_code == 200


@pytest.mark.parametrize(
    ("line", "ok", "code"),
    [
        ("#lR", True, "rooms"),
        ("#help", True, "help"),
        ("#ayuda", True, "help"),
        ("#show users", True, "users"),
        ("#gR Main", False, "needs_client"),
        ("#eR", False, "needs_client"),
        ("#exit", False, "needs_client"),
        ("#cR", False, "missing_name"),
        ("#nonsense", False, "unknown_command"),
        ("#private nobody.at.all hello", False, "no_user"),
    ],
)
def test_commands_reply_as_on_the_socket(ana, line, ok, code):
    answer = ana.post("commands", text=line)
    assert answer.status_code == 200
    assert (answer.json()["ok"], answer.json()["code"]) == (ok, code)


def test_room_created_by_command_takes_messages_and_is_deleted(ana, bruno):
    room = ana.post("commands", text=f"#cR <{unique('Go')}>").json()["data"]["room"]
    assert bruno.post(f"rooms/{room['id']}/messages", text="hola").status_code == 201
    assert ana.post("commands", text=f"#dR {room['name']}").json()["code"] == "room_deleted"
    assert refusal(bruno.post(f"rooms/{room['id']}/messages", text="hola")) == (404, "no_such_room", None)


def test_command_is_never_posted_as_a_message(ana, room):
    here = f"rooms/{room['id']}/messages"
    assert refusal(ana.post(here, text="#private bruno secret")) == (400, "is_command", "text")
    assert ana.post(here, text="##hash").json()["text"] == "#hash"
    assert ana.post(here, text="# heading").json()["text"] == "# heading"
    assert refusal(ana.post("commands", text="hola")) == (400, "not_a_command", "text")


@pytest.mark.parametrize(
    ("text", "code"), [("", "blank"), (" \n", "blank"), ("a\0b", "bad_text"), ("x" * 8001, "too_long")]
)
def test_invalid_text_is_refused(ana, room, text, code):
    assert refusal(ana.post(f"rooms/{room['id']}/messages", text=text)) == (400, code, "text")


def test_messages_are_throttled(ana, room):
    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda _: ana.post(f"rooms/{room['id']}/messages", text="x"), range(40)))
    expect_throttled(answers)


def test_creating_and_deleting_rooms_is_throttled(ana):
    with ThreadPoolExecutor(10) as threads:
        made = list(threads.map(lambda _: ana.post("rooms", name=unique("room")), range(30)))
        deleted = list(threads.map(lambda answer: ana.delete(f"rooms/{answer.json().get('id')}"), made))
    expect_throttled(made)
    expect_throttled(deleted)


def expect_throttled(answers):
    late = [answer for answer in answers if answer.status_code == 429]
    assert late and refusal(late[0]) == (429, "slow_down", None) and int(late[0].headers["Retry-After"]) >= 1


@pytest.mark.timed
@pytest.mark.asyncio(loop_scope="session")
async def test_rest_and_sockets_see_each_others_messages_at_once(people, join, api_client):
    socket, bot = await join(people.carla, server=-1), await to_thread(api_client, people.ana)
    here = f"rooms/{socket.hello['room']}/messages"

    said = await to_thread(bot.post, here, text=unique("from a script"))
    message = await socket.expect_message(said.json()["text"], within=in_time(1))
    assert message == {key: said.json()[key] for key in message}

    ack = await socket.send_message(unique("from a socket"))
    log = (await to_thread(bot.get, here)).json()
    assert log["messages"][-1]["id"] == ack["id"]

    private = await to_thread(bot.post, "messages", recipient_id=people.carla.id, text=unique("psst"))
    await socket.expect_message(private.json()["text"], within=in_time(1))
    await to_thread(bot.post, "rooms", name=unique("new"))
    await socket.expect("rooms")
