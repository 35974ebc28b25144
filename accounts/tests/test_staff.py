"""Users on the staff site and the command line."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from accounts.models.user import TAKEN
from accounts.sessions import valid_keys
from tests.people import PASSWORD, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.once("embedded")]
NEW_PASSWORD = "another walk, to the hills"


@pytest.fixture
def staff(client):
    """A browser in which the site's owner is signed in."""
    client.force_login(User.objects.create_superuser("admin", PASSWORD))
    return client


def form_of(staff, user, **changes):
    """The values of the admin's form of `user`, as a browser submits them."""
    form = staff.get(f"/admin/accounts/user/{user.pk}/change/").context["adminform"].form
    held = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in (held | changes).items() if value not in (None, False)}


def test_createsuperuser_creates_owner(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--noinput", "--username", "Admin", "--email", "a@example.org", verbosity=0)
    owner = User.objects.get_by_natural_key("ADMIN")
    assert owner.check_password(PASSWORD)
    assert (owner.is_staff, owner.is_superuser, owner.age) == (True, True, None)


def test_createsuperuser_refuses_confusable_name(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    User.objects.create_user("Iris", PASSWORD)
    with pytest.raises(CommandError, match=str(TAKEN)):
        call_command("createsuperuser", "--noinput", "--username", "lris", "--email", "a@example.org", verbosity=0)


def test_staff_find_users_by_name(staff, luz):
    for words in ["clara", "Luz", "luz.cl"]:
        assert "luz.clara" in staff.get("/admin/accounts/user/", {"q": words, "gender__exact": "F"}).content.decode()
    assert "luz.clara" not in staff.get("/admin/accounts/user/", {"q": "nobody"}).content.decode()


def test_staff_add_user(staff, client):
    answers = {"username": "Soporte", "password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    response = staff.post("/admin/accounts/user/add/", answers | {"gender": "N"})
    assert response.status_code == 302, response.context["errors"]
    assert User.objects.get_by_natural_key("soporte").check_password(PASSWORD)


@pytest.mark.parametrize("name", ["LUZ.clara", "1uz.clara"])
def test_staff_cannot_add_confusable_name(staff, luz, name):
    answers = {"username": name, "password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    assert "taken" in str(staff.post("/admin/accounts/user/add/", answers | {"gender": "N"}).context["errors"])


def test_renamed_user_is_found_by_new_name(staff, luz):
    response = staff.post(f"/admin/accounts/user/{luz.pk}/change/", form_of(staff, luz, username="Lucía"))
    assert response.status_code == 302, response.context["errors"]
    assert User.objects.get_by_natural_key("LUCÍA") == luz
    assert not User.objects.named("luz.clara").exists()


def test_saving_username_alone_saves_its_key(luz):
    luz.username = "Lucía"
    luz.save(update_fields=["username"])
    assert User.objects.get_by_natural_key("lucía") == luz


def test_deactivation_ends_sessions(staff, luz):
    key = sign_in(luz)
    response = staff.post(f"/admin/accounts/user/{luz.pk}/change/", form_of(staff, luz, is_active=False))
    assert response.status_code == 302, response.context["errors"]
    assert not luz.sessions.exists()
    assert valid_keys([key]) == set()


def test_password_set_by_staff_ends_sessions(staff, luz):
    sign_in(luz)
    answers = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    assert staff.post(f"/admin/accounts/user/{luz.pk}/password/", answers).status_code == 302
    luz.refresh_from_db()
    assert luz.check_password(NEW_PASSWORD)
    assert not luz.sessions.exists()


def test_staff_stay_signed_in_after_own_password_change(staff):
    owner = User.objects.get()
    answers = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    staff.post(f"/admin/accounts/user/{owner.pk}/password/", answers)
    assert staff.get("/admin/").status_code == 200


def test_admin_requires_staff(client, luz):
    client.force_login(luz)
    assert client.get("/admin/accounts/user/").status_code == 302
