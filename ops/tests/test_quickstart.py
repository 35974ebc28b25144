"""The preparations of `make run`."""

import socket
import stat

import pytest

from ops.quickstart import address, collect_static_files, read_or_create_secret_key, refuse_taken_port

pytestmark = pytest.mark.footing("embedded")


def test_secret_key_is_created_once_with_private_mode(tmp_path):
    path = tmp_path / "secret_key"
    key = read_or_create_secret_key(path)
    assert len(key) >= 50
    assert read_or_create_secret_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_secret_keys_differ(tmp_path):
    assert read_or_create_secret_key(tmp_path / "one") != read_or_create_secret_key(tmp_path / "two")


def test_taken_port_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit, match=f"127.0.0.1:{port}.*make run PORT="):
            refuse_taken_port("127.0.0.1", port)
    refuse_taken_port("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://localhost:8000"),
        ("::", "http://localhost:8000"),
        ("::1", "http://[::1]:8000"),
    ],
)
def test_printed_address_is_reachable_from_this_machine(host, url):
    assert address(host, 8000) == url


def test_static_files_are_collected_again_only_after_changes(tmp_path, settings):
    settings.STATIC_ROOT, source = tmp_path / "collected", tmp_path / "source"
    settings.STATICFILES_DIRS = [source]
    source.mkdir()
    (source / "a.css").write_text("a { color: red }")
    stamp, manifest = tmp_path / "stamp", settings.STATIC_ROOT / "staticfiles.json"

    collect_static_files(stamp)
    first = manifest.stat().st_mtime_ns
    collect_static_files(stamp)
    assert manifest.stat().st_mtime_ns == first

    (source / "a.css").write_text("a { color: rebeccapurple }")
    collect_static_files(stamp)
    assert manifest.stat().st_mtime_ns > first
