"""Bulk posting over REST with retries, as over a bad connection."""

import os
import uuid
from concurrent.futures import ThreadPoolExecutor

from rooms.models import Message, Room
from tests.api_clients import ApiClient
from tests.people import sign_up, unique

MESSAGES = 10_000 if os.environ.get("FAULTS") == "long" else 300
WRITERS = 8


def test_retried_messages_are_stored_once(cluster):
    servers = cluster(CHAT_MESSAGE_RATE=0, API_REQUEST_RATE=0)
    people = [sign_up("writer") for _ in range(WRITERS)]
    writers = [ApiClient(servers[number % len(servers)], person) for number, person in enumerate(people)]
    retriers = [ApiClient(servers[-1 - number % len(servers)], person) for number, person in enumerate(people)]
    room = writers[0].post("rooms", name=unique("bulk")).json()["id"]
    Room.objects.filter(pk=room).update(permanent=True)  # or it closes meanwhile: its owner is offline

    def write(number):
        body = {"text": f"message {number}", "client_id": str(uuid.uuid4())}
        answers = [writers[number % WRITERS].post(f"rooms/{room}/messages", **body)]
        if number % 10 == 0:
            answers.append(retriers[number % WRITERS].post(f"rooms/{room}/messages", **body))
        assert [answer.status_code for answer in answers] == [201, 200][: len(answers)]
        return {answer.json()["seq"] for answer in answers}

    with ThreadPoolExecutor(WRITERS) as threads:
        places = list(threads.map(write, range(MESSAGES)))

    assert sorted(seq for [seq] in places) == list(range(1, MESSAGES + 1))
    assert Room.objects.get(pk=room).last_seq == Message.objects.filter(room=room).count() == MESSAGES
    assert Message.objects.filter(room=room).values("text").distinct().count() == MESSAGES
