"""Private messages over REST."""

import pytest

from tests.api_clients import refusal


@pytest.fixture
def ana(people, api_client):
    return api_client(people.ana)


@pytest.fixture
def bruno(people, api_client):
    return api_client(people.bruno, server=-1)


def test_private_messages_have_author_and_recipient_and_are_hidden_from_others(people, ana, bruno, api_client):
    sent = ana.post("messages", recipient_id=str(people.bruno.id), text="psst")
    answered = bruno.post(f"users/{people.ana.id}/messages", text="yes?")

    assert (sent.status_code, answered.status_code) == (201, 201)
    assert sent.json()["author"] == answered.json()["recipient"] == {"id": people.ana.id, "name": people.ana.name}
    assert answered.json()["author"] == sent.json()["recipient"] == {"id": people.bruno.id, "name": people.bruno.name}
    for one, path in ((ana, "messages"), (bruno, "messages"), (ana, f"users/{people.ana.id}/messages")):
        assert [message["text"] for message in one.get(path).json()["messages"]] == ["psst", "yes?"]
    carla = api_client(people.carla)
    assert carla.get("messages").json()["messages"] == []
    assert refusal(carla.get(f"users/{people.ana.id}/messages")) == (404, "no_such_user", None)
    assert refusal(carla.get(f"rooms/{sent.json()['room']}/messages")) == (404, "no_such_room", None)
    assert refusal(carla.post(f"rooms/{sent.json()['room']}/messages", text="x")) == (404, "no_such_room", None)


def test_private_messages_are_paged(people, ana, bruno):
    for number in range(5):
        ana.post("messages", recipient_id=people.bruno.id, text=str(number))
    newest = bruno.get("messages", limit=3).json()
    older = bruno.get("messages", limit=3, before=newest["before"]).json()
    assert [message["text"] for message in older["messages"] + newest["messages"]] == list("01234")
    assert older["before"] is None


def test_private_message_by_command_is_kept_for_the_recipient(people, ana, bruno):
    reply = ana.post("commands", text=f"#\\private<{people.bruno.name}> by command").json()
    assert reply["code"] == "private_sent"
    assert bruno.get("messages").json()["messages"][-1]["text"] == "by command"
