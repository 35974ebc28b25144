"""What makes the site an app: its manifest, its icons and its service worker."""

import json
import struct
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

pytestmark = [pytest.mark.django_db, pytest.mark.once("embedded")]


def test_the_worker_keeps_the_static_files_of_this_release_by_their_fingerprints(client):
    answer = client.get("/service-worker.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert "no-cache" in answer["Cache-Control"]
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    first, _, code = answer.content.decode().partition("\n")
    known = json.loads(first.removeprefix("const KNOWN = ").removesuffix(";"))
    assert known["version"]
    assert any(name.startswith("/static/js/app.") for name in known["files"])
    assert not [name for name in known["files"] if name in ("/static/js/app.js", "/static/css/chat.css")]
    assert not [name for name in known["files"] if "/admin/" in name]
    assert "addEventListener" in code


@pytest.mark.parametrize(("language", "description"), [("en", "A place to talk"), ("es", "Un lugar para conversar")])
def test_the_manifest_is_in_the_readers_language(client, language, description):
    answer = client.get("/manifest.webmanifest", headers={"Accept-Language": language})
    assert answer["Content-Type"] == "application/manifest+json"
    manifest = answer.json()
    assert (manifest["lang"], manifest["description"]) == (language, description)
    assert manifest["start_url"] == "/rooms/"
    assert {icon["sizes"] for icon in manifest["icons"]} == {"any", "192x192", "512x512"}
    assert [icon["sizes"] for icon in manifest["icons"] if icon.get("purpose") == "maskable"] == ["512x512"]


@pytest.mark.parametrize(("name", "side"), [("icon-192", 192), ("icon-512", 512), ("icon-maskable-512", 512)])
def test_icons_are_as_large_as_the_manifest_says(name, side):
    head = Path(finders.find(f"img/{name}.png")).read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:24]) == (side, side)


def test_signing_out_has_the_browser_forget(client, people):
    client.cookies["session"] = people.ana.session_key
    answer = client.post("/accounts/sign-out/")
    assert answer["Clear-Site-Data"] == '"storage"'
