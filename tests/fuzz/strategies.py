"""What nobody should send, and everybody can."""

from typing import get_args

from hypothesis import strategies as st

from rooms.protocol import frames

NASTY = [
    "", " ", "\0", "\u200b", "\u202eabc", "\ud800", "e\u0301" * 200, "💬" * 40, "x" * 9000, "null", "NaN", "-1",
    "1e999",
    "9" * 40, "2090-05-17T12:30", "../../etc/passwd", "%00", "' OR 1=1 --", "<script>alert(1)</script>", "{{7*7}}",
    "javascript:alert(1)", '"><svg onload=alert(1)>', "#cR ", "#\\private<", "#gR ../", "##", "__class__", "٣",
    "ﷺ" * 50,
]  # fmt: skip

texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=60))
numbers = st.one_of(st.integers(-(2**70), 2**70), st.sampled_from([0, 1, 2, 3, 2**31, 2**53, 2**63 - 1, 2**63]))
scalars = st.one_of(texts, numbers, st.none(), st.booleans(), st.floats(), st.uuids().map(str))
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=8
)


def type_of(frame):
    return get_args(frame.model_fields["type"].annotation)[0]


@st.composite
def frames_of_clients(draw):
    """A frame of some known type, its fields plausible, nonsensical or missing, and perhaps with others."""
    frame = draw(st.sampled_from(get_args(frames.AnyFrame)))
    told = {"type": type_of(frame)}
    for name in frame.model_fields.keys() - {"type"}:
        likely = st.uuids().map(str) if name == "id" else st.one_of(numbers, texts)
        if draw(st.integers(0, 9)):
            told[name] = draw(likely if draw(st.integers(0, 3)) else values)
    if not draw(st.integers(0, 9)):
        told[draw(texts)] = draw(values)
    return told


raw = st.one_of(
    values, st.sampled_from(["", "{", "[" * 5000, '{"type":', "nul", '{"type":"say","id":1e999}', '{"a":"\\ud800"}'])
)


def forms_of(fields):
    """A form with some of these fields, each with anything in it."""
    return st.dictionaries(st.sampled_from(fields), texts, max_size=len(fields))
