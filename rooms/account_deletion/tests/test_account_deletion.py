"""Deleted accounts: rooms, messages, webhooks and reports afterwards, and the live effects."""

import asyncio
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.db.models.functions import Now
from django.test import Client

from accounts.models import AccountDeletion, User
from rooms.account_deletion import anonymise
from rooms.account_deletion.anonymise import finish_account_deletions
from rooms.account_deletion.listener import RoomsListener
from rooms.export.export import room_title
from rooms.log.batch import write
from rooms.log.drafts import Draft, MessageErasure
from rooms.log.history import changes_since
from rooms.log.outcomes import Saved
from rooms.models import Membership, Message, Room
from rooms.moderation.blocks import set_block
from rooms.moderation.models import Report
from rooms.protocol.errors import ChatError
from rooms.webhooks.models import IncomingHook, OutgoingHook, new_bot
from tests.people import unique
from tests.revoking import AccountDeleted
from tests.staff_pages import sign_in_staff, write_message

THREADS = 4
SIGN_IN_AGAIN = 4001


def draft(person, room, text="hola"):
    return Draft(person.id, room.pk, uuid.uuid4(), text)


def delete_account(person):
    """Delete a person's account, and finish all cleanup of it."""
    assert AccountDeletion.start(person.user)
    while finish_account_deletions():
        pass


def log_of(room):
    return list(Message.objects.filter(room=room).order_by("seq").values_list("text", "author"))


# --- The log


def test_messages_become_anonymous_with_new_versions(people, room, monkeypatch):
    monkeypatch.setattr(anonymise, "BATCH_MESSAGES", 2)
    write([draft(people.ana, room, f"hers {n}") for n in range(5)] + [draft(people.bruno, room, "his")])
    room.refresh_from_db()
    held = room.version

    delete_account(people.ana)

    assert log_of(room) == [(f"hers {n}", None) for n in range(5)] + [("his", people.bruno.id)]
    found = changes_since(room.pk, room.epoch, held)
    assert not found.reset and found.version == held + 5
    assert [message.version for message in found.messages] == list(range(held + 1, held + 6))
    # The newest batch first.
    assert [message.seq for message in found.messages] == [4, 5, 2, 3, 1]
    assert [message.to_dict()["author"] for message in found.messages] == [None] * 5


def test_messages_in_closed_rooms_and_conversations_become_anonymous(people, room):
    private = Room.between(people.ana.user, people.bruno.user)
    write([draft(people.ana, room), draft(people.ana, private)])
    room.close(by=None)
    delete_account(people.ana)
    assert log_of(room) == log_of(private) == [("hola", None)]


def test_cleanup_finishes_after_a_crash(people, room, monkeypatch):
    write([draft(people.ana, room)])
    monkeypatch.setattr(RoomsListener, "account_deleted", lambda self, user_id: None)  # a crash after the commit
    AccountDeletion.start(people.ana.user)
    assert log_of(room) == [("hola", people.ana.id)]
    mine = AccountDeletion.pending().filter(user_id=people.ana.id)
    while finish_account_deletions():
        pass
    assert log_of(room) == [("hola", None)]
    assert mine.exists()

    mine.update(at=Now() - timedelta(hours=1))

    while finish_account_deletions():
        pass
    assert not User.objects.filter(pk=people.ana.id).exists() and not mine.exists()


def test_concurrent_messages_are_stored_anonymously_or_refused(people, room):
    """Many writes of two users, and in between the deletion of one account: no error, no gap, no name left."""

    def say(number):
        try:
            if number == 20:
                return [] if AccountDeletion.start(User.objects.get(pk=people.ana.id)) else None
            return write([draft(people.ana, room, f"hers {number}"), draft(people.bruno, room, f"his {number}")])
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as threads:
        outcomes = list(threads.map(say, range(60)))
    written = [outcome for outcome in outcomes if outcome]
    while finish_account_deletions():
        pass

    hers_written = [hers for hers, _his in written]
    assert all(isinstance(his, Saved) for _hers, his in written)
    assert {outcome.code for outcome in hers_written if isinstance(outcome, ChatError)} == {"not_here"}
    acked = {(saved.message.seq, saved.message.text) for saved in hers_written if isinstance(saved, Saved)}
    log = Message.objects.filter(room=room)
    assert set(log.filter(author=None).values_list("seq", "text")) == acked and acked
    assert not log.filter(author=people.ana.id).exists()
    assert sorted(log.values_list("seq", flat=True)) == list(range(1, log.count() + 1))


def test_concurrent_deletions_end_the_account_once(people, room):
    def end(_number):
        try:
            return AccountDeletion.start(User.objects.get(pk=people.ana.id))
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as threads:
        ended = list(threads.map(end, range(THREADS)))
    assert ended.count(True) == 1
    assert AccountDeletion.pending().filter(user_id=people.ana.id).count() == 1


# --- Rooms, conversations, webhooks


def test_conversation_with_deleted_user_refuses_messages_but_not_erasure(people):
    private = Room.between(people.ana.user, people.bruno.user)
    write([draft(people.bruno, private, "are you there?"), draft(people.ana, private, "yes")])
    set_block(people.bruno.user, people.ana.id, True)
    delete_account(people.ana)

    [refused] = write([draft(people.bruno, private)])
    assert (refused.code, refused.status) == ("other_has_gone", 410)
    [erased] = write([MessageErasure(people.bruno.id, private.pk, 1)])
    assert erased.message.erased_at
    assert people.bruno.name in room_title(private) and "deleted user" in room_title(private)


def test_deleted_user_is_absent_from_rest(people):
    private = Room.between(people.ana.user, people.bruno.user)
    write([draft(people.bruno, private, "are you there?"), draft(people.ana, private, "yes")])
    delete_account(people.ana)
    User.objects.filter(pk=people.ana.id).delete()
    bruno = Client()
    bruno.force_login(people.bruno.user)

    messages = bruno.get("/api/v1/messages").json()["messages"]
    his = {"id": people.bruno.id, "name": people.bruno.name}
    assert [(one["author"], one["recipient"]) for one in messages] == [(his, None), (None, his)]
    assert bruno.get(f"/api/v1/users/{people.ana.id}").status_code == 404
    assert people.ana.name not in str(bruno.get("/api/v1/users?limit=500").json())
    body = {"recipient_id": people.ana.id, "text": "hello"}
    assert bruno.post("/api/v1/messages", body, content_type="application/json").json()["error"]["code"]
    assert bruno.get(f"/messages/{people.ana.name}/").status_code == 404
    assert bruno.get(f"/front/messages/{people.bruno.id}").status_code == 302


def test_webhooks_of_deleted_user_are_deleted(people, room):
    hooks = [OutgoingHook.make(room, "https://example.org/", person.user) for person in (people.ana, people.bruno)]
    ways_in = [IncomingHook.make(room, new_bot(unique("bot")), person.user) for person in (people.ana, people.bruno)]
    delete_account(people.ana)
    assert list(OutgoingHook.objects.filter(room=room)) == [hooks[1]]
    assert list(IncomingHook.objects.filter(room=room)) == [ways_in[1][0]]


def test_staff_site_shows_reports_and_rooms_of_deleted_users(people, room):
    message = write_message(people.ana.user, room, unique("buy pills"))
    reported = Report.make(people.bruno.user, room.pk, message.seq)
    delete_account(people.ana)
    delete_account(people.bruno)
    User.objects.filter(pk__in=[people.ana.id, people.bruno.id]).delete()
    staff = sign_in_staff()
    for path in ("report/", f"report/{reported.pk}/change/", "message/", f"room/{room.pk}/change/", "room/"):
        page = staff.get(f"/admin/rooms/{path}")
        assert page.status_code == 200
        assert path == "room/" or message.text in page.content.decode(), path
        assert people.ana.name not in page.content.decode()


def test_staff_delete_a_user_with_messages(people, room):
    write_message(people.ana.user, room, "hello")
    staff = sign_in_staff()
    path = f"/admin/accounts/user/{people.ana.id}/delete/"
    assert staff.get(path).status_code == 200
    assert staff.post(path, {"post": "yes"}).status_code == 302
    assert not Membership.objects.filter(user=people.ana.id).exists()
    assert AccountDeletion.pending().filter(user_id=people.ana.id).exists()


# --- Live


@pytest.mark.both_transports
async def test_deletion_is_live_and_closes_own_connections(people, site, join):
    deleted = await asyncio.to_thread(AccountDeleted, site[0], "dora")
    dora = deleted.person
    ana, bruno, hers = await join(people.ana), await join(people.bruno, server=-1), await join(dora, server=-1)
    chess = (await ana.command(f"#cR {unique('Chess')}"))["data"]["room"]["id"]
    for client in (bruno, hers):
        await client.enter(chess)
    await hers.send_message("what I said")
    private = (await hers.command(f"#private {people.ana.name} between us"))["data"]["room"]
    await ana.expect_message("between us")
    await bruno.expect_message("what I said")
    users = (await ana.command("#show users"))["data"]["total"]

    await asyncio.to_thread(deleted.end)

    assert await hers.wait_closed() == SIGN_IN_AGAIN
    for client, room in ((ana, chess), (bruno, chess), (ana, private)):
        await client.wait_until(lambda c=client, r=room: c.log(r)[0]["author"] is None, "her messages are anonymous")
    await ana.wait_until(
        lambda: ana.received("people", room=chess)[-1]["names"] == sorted([people.ana.name, people.bruno.name]),
        "she is not listed",
    )

    def card():
        return [one["room"] for one in ana.received("room") if one["room"]["id"] == private][-1]

    await ana.wait_until(lambda: card()["with"] is None, "the conversation has no other user")
    assert (card()["name"], card()["online"]) == ("deleted user", False)
    assert (await ana.send_message("are you there?", room=private))["code"] == "other_has_gone"
    assert (await ana.command(f"#private {dora.name} hello"))["code"] == "no_user"
    assert (await ana.command("#show users"))["data"]["total"] == users - 1


async def test_deletion_while_writing_loses_no_message_of_others(people, site, join):
    deleted = await asyncio.to_thread(AccountDeleted, site[0], "dora")
    ana, dora = await join(people.ana, server=-1), await join(deleted.person, server=-1)
    room = (await ana.command(f"#cR {unique('Chess')}"))["data"]["room"]["id"]
    await dora.enter(room)

    async def talk(client, who):
        answers = []
        for number in range(12):
            answers.append(await client.send_message(f"{who} {number}", room=room))
        return answers

    hers = asyncio.create_task(talk(dora, "hers"))
    his = asyncio.create_task(talk(ana, "ana's"))
    await dora.expect_message("hers 2")
    await asyncio.to_thread(deleted.end)
    answers = await his
    assert await dora.wait_closed() == SIGN_IN_AGAIN
    hers.cancel()
    await asyncio.gather(hers, return_exceptions=True)

    assert {answer["type"] for answer in answers} == {"ack"}
    acked = [frame["seq"] for frame in dora.received("ack") if frame["room"] == room]
    log = dict(await sync_to_async(seqs_of)(room))
    assert acked and all(log[seq] is None for seq in acked)


def seqs_of(room):
    return list(Message.objects.filter(room=room).values_list("seq", "author"))
