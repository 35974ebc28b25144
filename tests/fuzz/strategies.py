"""Hypothesis strategies for malformed frames and forms."""

from typing import get_args

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic import BaseModel

from rooms.gateway.consumer import frame_handlers

SPECIAL_TEXTS = [
    "", " ", "\0", "\u200b", "\u202eabc", "\ud800", "e\u0301" * 200, "💬" * 40, "x" * 9000, "null", "NaN", "-1",
    "1e999",
    "9" * 40, "2090-05-17T12:30", "../../etc/passwd", "%00", "' OR 1=1 --", "<script>alert(1)</script>", "{{7*7}}",
    "javascript:alert(1)", '"><svg onload=alert(1)>', "#cR ", "#\\private<", "#gR ../", "##", "__class__", "٣",
    "ﷺ" * 50,
]  # fmt: skip

texts = st.one_of(st.sampled_from(SPECIAL_TEXTS), st.text(max_size=60))
numbers = st.one_of(st.integers(-(2**70), 2**70), st.sampled_from([0, 1, 2, 3, 2**31, 2**53, 2**63 - 1, 2**63]))
scalars = st.one_of(texts, numbers, st.none(), st.booleans(), st.floats(), st.uuids().map(str))
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=8
)


def type_of(frame: type[BaseModel]) -> str:
    """The value of a frame's `type` field."""
    return get_args(frame.model_fields["type"].annotation)[0]


@st.composite
def client_frames(draw: st.DrawFn) -> dict:
    """A frame of a known type whose fields are plausible, invalid or missing, possibly with unknown fields."""
    frame = draw(st.sampled_from(list(frame_handlers())))
    fields = {"type": type_of(frame)}
    for name in frame.model_fields.keys() - {"type"}:
        likely = st.uuids().map(str) if name == "id" else st.one_of(numbers, texts)
        if draw(st.integers(0, 9)):
            fields[name] = draw(likely if draw(st.integers(0, 3)) else values)
    if not draw(st.integers(0, 9)):
        fields[draw(texts)] = draw(values)
    return fields


raw = st.one_of(
    values, st.sampled_from(["", "{", "[" * 5000, '{"type":', "nul", '{"type":"say","id":1e999}', '{"a":"\\ud800"}'])
)


def forms_of(fields: list[str]) -> SearchStrategy[dict[str, str]]:
    """Forms with some of these fields, with any text in each."""
    return st.dictionaries(st.sampled_from(fields), texts, max_size=len(fields))
