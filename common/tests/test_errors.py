"""Error codes: each is defined once in the whole project."""

import importlib
from collections import defaultdict
from pathlib import Path

import pytest

from common.errors import CODES_BY_STATUS, ExpectedError

pytestmark = pytest.mark.footing("embedded")

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("common", "accounts", "rooms", "chatsite", "ops")


def error_classes():
    """Return `ExpectedError` and all classes derived from it, in every module of the project that is named errors."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("errors.py"):
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    found, queue = [], [ExpectedError]
    while queue:
        found.append(queue.pop())
        queue += found[-1].__subclasses__()
    return found


def test_each_code_is_defined_in_one_class():
    tables = defaultdict(list)
    for error_class in error_classes():
        for code in vars(error_class).get("sentences", ()):
            tables[code].append(error_class.__name__)
    assert len(tables) > 60
    assert {code: names for code, names in tables.items() if len(names) > 1} == {}


def test_overrides_are_of_inherited_codes():
    for error_class in error_classes():
        for code in error_class.overrides:
            assert code not in vars(error_class).get("sentences", ())
            assert error_class.definition(code)


def test_override_changes_the_sentence_and_nothing_else():
    class OverridingError(ExpectedError):
        overrides = {"busy": "Wait for %(name)s."}

    error, base = OverridingError("busy", name="Ana"), ExpectedError("busy")
    assert (error.text, error.status) == ("Wait for Ana.", base.status)
    assert error.default_text == base.text
    assert error.to_dict() == base.to_dict() == {"error": {"code": "busy", "message": base.text}}


def test_subclass_may_make_its_own_sentence():
    class PlainError(ExpectedError):
        status = 418
        text = "I am a teapot."

    assert PlainError("teapot", field="pot").to_dict() == {
        "error": {"code": "teapot", "message": "I am a teapot.", "field": "pot"}
    }


def test_codes_by_status_have_that_status():
    assert {status: ExpectedError.definition(code)[0] for status, code in CODES_BY_STATUS.items()} == {
        status: status for status in CODES_BY_STATUS
    }


def test_unknown_code_raises_key_error():
    with pytest.raises(KeyError):
        ExpectedError("no_such_code").text  # noqa: B018
