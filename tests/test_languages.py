"""Whatever page one is on, whoever one is: it is in one's language, and there is the switch to the other."""

import pytest
from django.conf import settings
from django.contrib.admin import site
from django.test import Client
from django.utils.functional import Promise

pytestmark = pytest.mark.footing("embedded")

STRANGERS = ["/accounts/sign-in/", "/accounts/sign-up/", "/nowhere/"]
OURS = [
    "/rooms/",
    "/users/",
    "/accounts/profile/",
    "/accounts/password/",
    "/accounts/profile/delete/",
    "/nowhere/",
    "/rooms/999999999/",
]


def switches(html):
    return {code for code, _name in settings.LANGUAGES if f'value="{code}"' in html and 'name="language"' in html}


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    ("path", "signed_in"), [(path, False) for path in STRANGERS] + [(path, True) for path in OURS], ids=str
)
def test_every_page_switches_the_language(client, people, path, signed_in, language):
    if signed_in:
        client.cookies[settings.SESSION_COOKIE_NAME] = people.ana.session_key
    html = client.get(path, headers={"Accept-Language": language}).content.decode()
    assert f'<html lang="{language}"' in html
    assert switches(html) == {"en", "es"}


def test_a_refused_form_switches_it_too(people):
    html = Client(enforce_csrf_checks=True).post("/accounts/sign-in/", {}).content.decode()
    assert switches(html) == {"en", "es"}


def nameless(desk):
    """Columns and fields of a list of the desk that are called by the field's own name, which is English."""
    for field in desk.model._meta.fields:
        if field.name in {*desk.list_display, *desk.readonly_fields} and not isinstance(field.verbose_name, Promise):
            yield f"{desk.model.__name__}.{field.name}"


def test_what_the_desk_shows_has_a_name_in_each_language():
    assert [name for desk in site._registry.values() for name in nameless(desk)] == []
