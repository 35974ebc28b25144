"""Every page is in the user's language and has the language switch."""

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
def test_every_page_has_the_language_switch(client, people, path, signed_in, language):
    if signed_in:
        client.cookies[settings.SESSION_COOKIE_NAME] = people.ana.session_key
    html = client.get(path, headers={"Accept-Language": language}).content.decode()
    assert f'<html lang="{language}"' in html
    assert switches(html) == {"en", "es"}


def test_invalid_form_has_the_language_switch(people):
    html = Client(enforce_csrf_checks=True).post("/accounts/sign-in/", {}).content.decode()
    assert switches(html) == {"en", "es"}


def untranslated_fields(model_admin):
    """Yield columns and fields of an admin page without a translated name."""
    for field in model_admin.model._meta.fields:
        if field.name in {*model_admin.list_display, *model_admin.readonly_fields} and not isinstance(
            field.verbose_name, Promise
        ):
            yield f"{model_admin.model.__name__}.{field.name}"


def test_admin_fields_have_translated_names():
    assert [name for model_admin in site._registry.values() for name in untranslated_fields(model_admin)] == []
