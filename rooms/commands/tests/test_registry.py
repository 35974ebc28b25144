"""The parser and the table of commands."""

import uuid

import pytest
from asgiref.sync import sync_to_async

from rooms.commands.registry import Command, CommandReply, is_command, parse, run_with, unescape
from rooms.commands.table import commands, commands_by_word, help_table
from rooms.hub.facade import OfflineActor
from rooms.protocol.errors import ChatError

pytestmark = pytest.mark.once("embedded")

ID = uuid.UUID(int=1)


# Those of the first release, in the order that people know.
FIRST_USAGES = [
    "#cR <room>",
    "#gR <room>",
    "#eR",
    "#exit",
    "#lR",
    "#dR <room>",
    "#show users",
    "#\\private<user> text",
    "#help",
    "##text",
]


def test_help_table_lists_commands_of_core_and_features_in_order():
    usages = [line.usage for line in help_table()]
    assert [usage for usage in usages if usage in FIRST_USAGES] == FIRST_USAGES
    assert len(usages) == len(set(usages)) == len(commands()) + 1  # and how to send a leading hash


def test_each_word_calls_one_command():
    words = [word for command in commands() for word in command.words]
    assert len(words) == len(set(words)) == len(commands_by_word())
    assert all(word == word.casefold() for word in words)


@pytest.mark.parametrize(
    ("text", "word", "argument", "name"),
    [
        ("#cR Chess", "cr", "Chess", "Chess"),
        ("#CR<Chess>", "cr", "<Chess>", "Chess"),
        ("#\\private<ana> hola", "private", "<ana> hola", "<ana> hola"),
        ("#gR  < a  b > ", "gr", "< a  b > ", "a b"),
        ("#eR", "er", "", ""),
        ("#", "", "", ""),
        ("#cR a\nb", "cr", "a\nb", "a b"),
    ],
)
def test_line_is_parsed_into_word_argument_and_name(text, word, argument, name):
    line = parse(text, ID)
    assert (line.word, line.argument, line.name, line.id) == (word, argument, name, ID)


@pytest.mark.parametrize(
    ("text", "expected"), [("#x", True), ("#", True), ("##x", False), ("# x", False), ("x", False)]
)
def test_only_a_single_hash_before_a_word_is_a_command(text, expected):
    assert is_command(text) == expected


@pytest.mark.parametrize(("text", "message"), [("##x", "#x"), ("###x", "##x"), ("# x", "# x"), ("x", "x")])
def test_double_hash_is_unescaped(text, message):
    assert unescape(text) == message


async def run_one(people, error=None, **options):
    async def answer(actor, line):
        if error:
            raise error
        return CommandReply("done", line.argument)

    command = Command(("try",), "#try", "a test", answer, **options)
    actor = OfflineActor(await sync_to_async(lambda: people.ana.user)(), "es", None)
    return await run_with({"try": command}, actor, "#TRY this", ID)


async def test_command_gets_the_parsed_line(people):
    assert await run_one(people) == CommandReply("done", "this")


async def test_refusal_is_a_reply_in_the_users_language(people):
    reply = await run_one(people, ChatError("no_such_user"))
    assert (reply.ok, reply.code, reply.text) == (False, "no_such_user", "No existe ese usuario.")


async def test_refusal_to_be_retried_is_raised(people):
    with pytest.raises(ChatError):
        await run_one(people, ChatError("busy", retry_after=1))


async def test_command_for_clients_is_refused_to_others(people):
    assert (await run_one(people, needs_connection=True)).code == "needs_client"
