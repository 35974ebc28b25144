"""Sign-up over REST, by the rules of the form."""

import pytest

from accounts.models import User
from tests.api_clients import refusal
from tests.people import PASSWORD, unique

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


def test_visitor_signs_up(people, api_client, given):
    answer = api_client().post("users", **given)
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
def test_invalid_field_is_named_with_its_error_code(people, api_client, given, field, value, code):
    status, error, named = refusal(api_client().post("users", **given | {field: value}))
    assert (status, named, error) == (400, field, code)
    assert not User.objects.named(given["username"]).exists()


def test_name_in_another_case_is_taken(people, api_client, given):
    taken = people.ana.name.upper()
    assert refusal(api_client().post("users", **given | {"username": taken})) == (400, "username_taken", "username")
