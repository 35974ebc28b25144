"""All commands: the core's, those of the features and `#help`."""

from functools import cache
from uuid import UUID

from django.utils.translation import gettext_lazy, override

from rooms import features

from . import core
from .registry import Actor, Command, CommandReply, ParsedLine, Usage, run_with


async def run(actor: Actor, text: str, command_id: UUID) -> CommandReply:
    """Run a '#' line for a user; `command_id` is the client's UUID for it. Raises as `run_with`."""
    return await run_with(commands_by_word(), actor, text, command_id)


@cache
def commands_by_word() -> dict[str, Command]:
    """Every command by each of its words."""
    return {word: command for command in commands() for word in command.words}


@cache
def commands() -> tuple[Command, ...]:
    """Every command, in the order of the help table."""
    of_features = [command for feature in features.features() for command in feature.commands]
    return (*core.COMMANDS, *of_features, HELP)


def help_table() -> list[Usage]:
    """The help table, which the page completes commands from as well."""
    return [*(Usage(command.usage, command.summary) for command in commands()), ESCAPE]


async def show_help(actor: Actor, line: ParsedLine) -> CommandReply:
    with override(actor.language):
        table = [{"usage": usage, "does": str(summary)} for usage, summary in help_table()]
    return CommandReply("help", "\n".join(f"{row['usage']} — {row['does']}" for row in table), {"commands": table})


HELP = Command(("help", "ayuda"), "#help", gettext_lazy("this table"), show_help)
ESCAPE = Usage("##text", gettext_lazy("say #text"))
