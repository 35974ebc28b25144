"""The sign-up page."""

import pytest
from django.db.models.signals import pre_save
from django.urls import reverse

from accounts.models import User
from tests.people import PASSWORD

from .conftest import Page, years_ago

pytestmark = [pytest.mark.django_db, pytest.mark.once("embedded")]
URL = "/accounts/sign-up/"


def test_sign_up_signs_in_and_redirects_to_chat(client, answers):
    response = client.post(URL, answers)
    assert response.status_code == 302
    assert response.url == reverse("chat")
    user = User.objects.get(pk=client.session["_auth_user_id"])
    assert (user.username, user.first_names, user.last_names) == ("Ana_Luz", "Ana María", "Luz Peña")
    assert (str(user.birth_date), user.gender, user.email) == ("1990-05-17", "F", "")
    assert user.check_password(PASSWORD)
    assert not user.is_staff


def test_sign_up_redirects_to_requested_page(client, answers):
    assert client.post(f"{URL}?next=/rooms/7/", answers).url == "/rooms/7/"


@pytest.mark.parametrize(
    "stranger", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_redirect_never_leaves_site(client, answers, stranger):
    assert client.post(URL, answers | {"next": stranger}).url == reverse("chat")


def test_signed_in_user_is_redirected_to_chat(client, luz):
    client.force_login(luz)
    assert client.get(URL).url == reverse("chat")


def test_missing_fields_are_all_reported_beside_fields(client):
    page = Page(client.post(URL, {}))
    for name in ["username", "password1", "password2", "first_names", "last_names", "birth_date", "gender"]:
        assert page.error_of(name) == "This field is required."
    assert page.error_of("email") == ""


def test_invalid_form_keeps_input_except_passwords(client, answers):
    page = Page(client.post(URL, answers | {"first_names": ""}))
    assert page.elements["id_username"]["value"] == "Ana_Luz"
    assert page.elements["id_birth_date"]["value"] == "1990-05-17"
    assert "value" not in page.elements["id_password1"]
    assert "value" not in page.elements["id_password2"]
    assert page.error_of("last_names") == ""


def refusal(client, answers, field, value):
    response = client.post(URL, answers | {field: value})
    assert response.status_code == 200, f"{value!r} was taken"
    assert not User.objects.exists()
    return Page(response).error_of(field)


@pytest.mark.parametrize(
    "name",
    ["ana", "a" * 26, "ana luz", "ana@luz", "ana/luz", "ana\u200bluz", "ana\u034fluz", "ana🎉luz", "\ufdfa\ufdfa"],
)
def test_invalid_user_name_is_refused(client, answers, name):
    assert refusal(client, answers, "username", name)


@pytest.mark.parametrize("name", ["anal", "a" * 25, "María-José", "наталья", "अनिता_१२", "美咲美咲", "a.b_c-9"])
def test_user_name_may_be_of_any_script(client, answers, name):
    assert client.post(URL, answers | {"username": name}).status_code == 302
    assert User.objects.get().username == name


@pytest.mark.parametrize(
    "name",
    [
        "admin",
        "Admin",
        "ADMIN",
        "ADMlN",
        "аdmin",
        "everyone",
        "sistema",
        "SYSТEM",
        "Administrador",
        "Мoderator",
        "tertuIia",
    ],
)
def test_reserved_and_confusable_names_are_refused(client, answers, name):
    assert "kept for the site" in refusal(client, answers, "username", name)


@pytest.mark.parametrize("name", ["luz.clara", "LUZ.Clara", "Ｌuz.clara", "luz.сlara", "1uz.clara", "Iuz.clara"])
def test_taken_and_confusable_names_are_refused(client, answers, luz, name):
    page = Page(client.post(URL, answers | {"username": name}))
    assert "taken" in page.error_of("username")
    assert User.objects.count() == 1


@pytest.mark.both_footings
def test_name_taken_concurrently_is_refused(client, answers):
    def take_name_first(instance, **kwargs):
        pre_save.disconnect(take_name_first, sender=User)
        User.objects.create_user("ana_luz", first_names="Ana", last_names="Otra")

    pre_save.connect(take_name_first, sender=User)
    page = Page(client.post(URL, answers))
    # The rival was saved in the transaction that was rolled back, so the name is free again.
    assert "taken" in page.error_of("username")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("password", ["short-1", "x7" * 65, "12345678901", "password1", "ana_luz1", "luz peña"])
def test_weak_password_is_refused(client, answers, password):
    page = Page(client.post(URL, answers | {"password1": password, "password2": password}))
    assert page.error_of("password1")
    assert not User.objects.exists()


@pytest.mark.parametrize("length", [8, 128])
def test_password_may_have_8_to_128_characters(client, answers, length):
    password = ("q7 ñ" * 32)[:length]
    assert client.post(URL, answers | {"password1": password, "password2": password}).status_code == 302
    assert User.objects.get().check_password(password)


def test_differing_passwords_are_refused(client, answers):
    assert "not the same" in refusal(client, answers, "password2", PASSWORD + "!")


@pytest.mark.parametrize("date", ["", "1990-02-30", "yesterday", "0001-01-01", years_ago(121), years_ago(0, days=2)])
def test_impossible_date_of_birth_is_refused(client, answers, date):
    assert refusal(client, answers, "birth_date", str(date))


def test_minimum_age_is_reached_on_birthday(client, answers, settings):
    settings.MINIMUM_AGE = 13
    assert "at least 13 years" in refusal(client, answers, "birth_date", years_ago(13, days=2))
    assert client.post(URL, answers | {"birth_date": years_ago(13)}).status_code == 302
    assert User.objects.get().age == 13


def test_minimum_age_is_a_setting(client, answers, settings):
    settings.MINIMUM_AGE = 18
    assert "at least 18 years" in refusal(client, answers, "birth_date", years_ago(17))


@pytest.mark.parametrize("field", ["first_names", "last_names"])
def test_personal_name_with_hidden_characters_is_refused(client, answers, field):
    for value in ["   ", "x" * 61, "ana\u202egnp", "a\nb"]:
        assert refusal(client, answers, field, value)


def test_joiners_are_allowed_in_personal_names(client, answers):
    assert client.post(URL, answers | {"first_names": "علی\u200cرضا"}).status_code == 302


def test_unknown_gender_is_refused(client, answers):
    assert refusal(client, answers, "gender", "X")
    assert client.post(URL, answers | {"gender": "N"}).status_code == 302


def test_email_is_optional_and_validated(client, answers):
    assert refusal(client, answers, "email", "nowhere")
    assert client.post(URL, answers | {"email": "ana@example.org"}).status_code == 302
    assert User.objects.get().email == "ana@example.org"


def test_extra_fields_give_no_rights(client, answers):
    client.post(URL, answers | {"is_staff": "on", "is_superuser": "on"})
    user = User.objects.get()
    assert not user.is_staff
    assert not user.is_superuser


def test_form_is_in_language_of_browser(client):
    response = client.get(URL, headers={"accept-language": "es-CO,es;q=0.9"})
    assert response.headers["Content-Language"] == "es"
    assert "Nombre de usuario" in response.content.decode()
