"""Every sentence is in the catalogues, translated and compiled."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.footing("embedded")

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = sorted((ROOT / "chatsite" / "locale").rglob("*.po"))


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """All marked sentences of the current code, collected from a copy."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("accounts", "chatsite", "common", "ops", "rooms", "templates"):
        shutil.copytree(ROOT / name, copy / name)
    shutil.copy(ROOT / "manage.py", copy)
    (copy / "chatsite" / "locale").mkdir(exist_ok=True)
    command = [sys.executable, "manage.py", "makemessages", "--locale", "es", "--no-location", "--keep-pot"]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "chatsite.settings"}
    subprocess.run(command, cwd=copy, check=True, env=environment)
    return copy / "chatsite" / "locale" / "django.pot"


def test_spanish_has_every_sentence(template):
    spanish = ROOT / "chatsite" / "locale" / "es" / "LC_MESSAGES" / "django.po"
    found = subprocess.run(["msgcmp", spanish, template], capture_output=True, text=True)
    missing = "\n".join(line for line in found.stderr.splitlines() if "is not used" not in line)
    assert found.returncode == 0, f"Run `make messages` and translate:\n{missing}"


def test_compiled_catalogues_are_up_to_date(tmp_path):
    assert CATALOGUES
    for path in CATALOGUES:
        compiled = tmp_path / f"{path.parts[-3]}.mo"
        subprocess.run(["msgfmt", "--check-format", "-o", compiled, path], check=True)
        assert path.with_suffix(".mo").read_bytes() == compiled.read_bytes(), f"{path} is newer: run `make messages`"
