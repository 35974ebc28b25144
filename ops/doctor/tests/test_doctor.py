"""`manage.py doctor`, and Django's deployment check."""

import io
import os
import subprocess
import sys

import pytest
from django.core.management import call_command
from django.db import connection

from tests.servers import ROOT, database_url
from tests.services import free_port

GOOD = {
    "SECRET_KEY": "correct-horse-" * 4,
    "DOMAIN": "chat.example.org",
    "ALLOWED_HOSTS": "chat.example.org",
    "HTTPS": "1",
}


@pytest.fixture
def good(committed, settings):
    """The settings of a public site."""
    settings.SECRET_KEY, settings.ALLOWED_HOSTS = GOOD["SECRET_KEY"], ["chat.example.org"]
    settings.HTTPS = settings.BEHIND_PROXY = True
    return settings


def doctor():
    """`(exit code, output)` of `manage.py doctor`."""
    out, code = io.StringIO(), 0
    try:
        call_command("doctor", stdout=out)
    except SystemExit as end:
        code = end.code
    return code, out.getvalue()


def faults(said):
    return [line for line in said.splitlines() if line.startswith("✗")]


def test_valid_site_has_no_faults(good):
    code, said = doctor()
    # The tests' own PostgreSQL does not write through to the disk, and the doctor finds that out.
    expected = ["fsync"] if connection.vendor == "postgresql" else []
    assert code == len(expected)
    assert [fault.split(":")[-1].split()[0] for fault in faults(said)] == expected
    assert "✓ Redis" in said or "✓ No Redis" in said


@pytest.mark.parametrize(
    ("setting", "value", "word"),
    [
        ("SECRET_KEY", "short", "SECRET_KEY"),
        ("DEBUG", True, "DEBUG"),
        ("ALLOWED_HOSTS", ["*"], "ALLOWED_HOSTS"),
        ("HTTPS", False, "HTTPS"),
        ("STATIC_ROOT", "/nowhere", "static files"),
        ("REDIS_URL", "redis://127.0.0.1:1/0", "Redis"),
    ],
)
def test_fault_has_remedy_and_exit_code(good, setting, value, word):
    setattr(good, setting, value)
    code, said = doctor()
    [fault_line] = [fault for fault in faults(said) if word in fault and "fsync" not in fault]
    assert code == 1 and f"{fault_line}\n  → " in said


def test_old_migrations_full_disk_and_clock_skew_are_faults(good, monkeypatch):
    monkeypatch.setattr("ops.doctor.database.is_migrated", lambda connection: False)
    monkeypatch.setattr("ops.doctor.files.FAULT_BYTES", 2**60)
    monkeypatch.setattr("ops.doctor.database.CLOCK_SECONDS", 0)
    code, said = doctor()
    assert code == 1 and "manage.py migrate" in said
    assert {"MB free", "clock"} <= {word for word in ("MB free", "clock") for fault in faults(said) if word in fault}


def run(*words, **environment):
    environment = os.environ | {"DATABASE_URL": database_url()} | GOOD | environment
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_unreachable_database_is_a_fault(committed):
    url = f"postgres://a:b@127.0.0.1:{free_port()}/none"
    code, said = run("doctor", DATABASE_URL=url, DATABASE_TIMEOUT_SECONDS="1")
    assert code == 1 and "DATABASE_URL" in said and "Traceback" not in said


@pytest.mark.footing("embedded")
def test_deployment_check_passes_with_production_settings(committed):
    code, said = run("check", "--deploy", "--fail-level", "WARNING", BEHIND_PROXY="1", SSL_REDIRECT="1")
    assert code == 0, said
