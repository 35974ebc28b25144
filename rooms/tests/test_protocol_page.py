"""docs/protocol.md tells a stranger of everything the code knows."""

import re
from pathlib import Path
from typing import get_args

import pytest

from rooms import commands, errors
from rooms.live import frames

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text()
NAMED = set(re.findall(r"`([^`\s]+)`", PAGE))


@pytest.mark.parametrize("frame", get_args(frames.AnyFrame), ids=lambda frame: frame.__name__)
def test_every_frame_of_a_client_is_there_with_its_fields(frame):
    fields = set(frame.model_fields) - {"type"}
    row = next(line for line in PAGE.splitlines() if re.match(rf"\| .*`{_type(frame)}`.* \| .* \|", line))
    assert not {field for field in fields if f"`{field}`" not in row}


@pytest.mark.parametrize("code", errors.SENTENCES)
def test_every_refusal_is_there(code):
    assert code in NAMED


@pytest.mark.parametrize("word", commands.COMMANDS)
def test_every_command_is_there(word):
    assert re.search(rf"`#\\?{word}\b", PAGE, re.IGNORECASE)


@pytest.mark.parametrize("code", ["4001", "4003", "4008", "4009", "4012", "4014", "4029"])
def test_every_close_code_is_there(code):
    assert f"| {code} |" in PAGE


def _type(frame):
    return get_args(frame.model_fields["type"].annotation)[0]
