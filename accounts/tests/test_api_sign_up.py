"""Signing up over REST: the rules of the form."""

import pytest

from accounts.models import User
from tests.people import PASSWORD, unique
from tests.programs import refusal

pytestmark = pytest.mark.once("embedded")


@pytest.fixture
def given():
    return {
        "username": unique("Dora"),
        "password": PASSWORD,
        "first_names": "Dora",
        "last_names": "Luz",
        "birth_date": "1990-05-17",
        "gender": "F",
    }


def test_a_stranger_signs_up(people, program, given):
    answer = program().post("users", **given)
    user = User.objects.named(given["username"]).get()
    assert answer.status_code == 201 and answer.json() == user.to_dict()
    assert answer.headers["Location"] == f"/api/v1/users/{user.pk}"
    assert user.check_password(PASSWORD) and str(user.birth_date) == "1990-05-17"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("username", "a", "username_length"),
        ("username", "sp ace", "username_letters"),
        ("username", "admin", "username_reserved"),
        ("username", "with\0nul", "null_characters_not_allowed"),
        ("password", "qwertyuiop", "password_too_common"),
        ("first_names", "", "required"),
        ("birth_date", "2999-01-01", "birth_date_future"),
        ("birth_date", "2001-02-30", "invalid"),
        ("email", "nonsense", "invalid"),
    ],
)
def test_each_rule_of_the_form_is_told_with_its_field(people, program, given, field, value, code):
    status, told, named = refusal(program().post("users", **given | {field: value}))
    assert (status, named, told) == (400, field, code)
    assert not User.objects.named(given["username"]).exists()


def test_a_name_like_anothers_is_taken(people, program, given):
    taken = people.ana.name.upper()
    assert refusal(program().post("users", **given | {"username": taken})) == (400, "username_taken", "username")
