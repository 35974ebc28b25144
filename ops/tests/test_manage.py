"""`manage.py <command> --help`."""

import pytest
from django.core.management import get_commands, load_command_class

pytestmark = pytest.mark.footing("embedded")

OWN = sorted(name for name, app in get_commands().items() if app in ("accounts", "ops"))


@pytest.mark.parametrize("name", OWN)
def test_every_command_has_a_description(name):
    parser = load_command_class("ops", name).create_parser("manage.py", name)
    assert parser.description
    assert parser.format_help()
