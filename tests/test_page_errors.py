"""Reports of script errors by browsers: validation, rate limits and logging."""

import json

import pytest

from chatsite import page_errors

pytestmark = pytest.mark.footing("embedded")

ORIGIN = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
REPORT = {"name": "TypeError", "at": ["messages/markup.js:12:5", "app.js:7:1"], "release": "0.1.0"}


@pytest.fixture(autouse=True)
def fresh_throttle(monkeypatch):
    monkeypatch.setattr(page_errors, "throttle", page_errors.PageErrorThrottle())


def post(client, report=REPORT, headers=ORIGIN, **options):
    body = report if isinstance(report, bytes) else json.dumps(report)
    options = {"content_type": "application/json", "headers": headers, **options}
    return client.post("/page-errors/", body, **options).status_code


def logged(caplog):
    return [record.fields for record in caplog.records if record.getMessage() == "page error"]


@pytest.mark.django_db
def test_report_is_one_line_of_the_log_and_counted(client, caplog):
    before = page_errors.page_errors_total.counts[""]
    assert post(client) == 204
    assert logged(caplog) == [{"error": "TypeError", "at": "messages/markup.js:12:5,app.js:7:1", "release": "0.1.0"}]
    assert page_errors.page_errors_total.counts[""] == before + 1


@pytest.mark.django_db
def test_report_does_not_name_the_user(client, people, caplog):
    client.force_login(people.ana.user)
    assert post(client) == 204
    assert people.ana.name not in str(logged(caplog))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "http://testserver:8000"},
        {"Origin": "https://testserver"},
        {"Origin": "null"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "same-site"},
    ],
)
def test_other_sites_are_refused(client, caplog, headers):
    assert post(client, headers=headers) == 403
    assert logged(caplog) == []


@pytest.mark.django_db
def test_browsers_without_fetch_metadata_are_checked_by_origin(client):
    assert post(client, headers={"Origin": "http://testserver"}) == 204


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"name": "text of a message"},
        {"name": ""},
        {"name": "x" * 41},
        {"at": []},
        {"at": ["app.js:1:1"] * 9},
        {"at": ["https://chat.example.org/messages/bob/:1:1"]},
        {"at": ["/static/js/app.js:1:1"]},
        {"at": ["../app.js:1:1"]},
        {"at": ["app.js:1:1\n2026-11-21 INFO all is well"]},
        {"at": ["app.js:1:1\n"]},
        {"at": "app.js:1:1"},
        {"release": "0.1.0 and more"},
        {"release": 1},
        {"message": "text of a message"},
    ],
    ids=str,
)
def test_report_of_another_shape_is_refused(client, caplog, change):
    assert post(client, REPORT | change) == 400
    assert logged(caplog) == []


@pytest.mark.django_db
@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b'"' + b"x" * 100 + b'"'])
def test_body_that_is_no_report_is_refused(client, body):
    assert post(client, body) == 400


@pytest.mark.django_db
def test_body_above_the_limit_is_refused(client):
    assert post(client, b" " * (page_errors.BODY_BYTES + 1)) == 413


@pytest.mark.django_db
def test_only_posts_are_answered(client):
    assert client.get("/page-errors/", headers=ORIGIN).status_code == 405


@pytest.mark.django_db
def test_one_address_is_limited(client, caplog):
    answers = [post(client, REMOTE_ADDR="192.0.2.1") for _ in range(page_errors.ADDRESS_BURST + 5)]
    assert answers == [204] * page_errors.ADDRESS_BURST + [429] * 5
    assert len(logged(caplog)) == page_errors.ADDRESS_BURST
    assert post(client, REMOTE_ADDR="192.0.2.2") == 204


@pytest.mark.django_db
def test_addresses_of_one_ipv6_network_are_limited_together(client):
    answers = [post(client, REMOTE_ADDR=f"2001:db8::{host}") for host in range(page_errors.ADDRESS_BURST + 1)]
    assert answers[-1] == 429


@pytest.mark.django_db
def test_all_addresses_are_limited_together(client):
    answers = [post(client, REMOTE_ADDR=f"192.0.2.{host}") for host in range(page_errors.TOTAL_BURST + 20)]
    assert answers[: page_errors.TOTAL_BURST] == [204] * page_errors.TOTAL_BURST
    assert 429 in answers


def test_full_buckets_are_discarded(monkeypatch):
    monkeypatch.setattr(page_errors, "MAX_BUCKETS", 10)
    throttle = page_errors.PageErrorThrottle()
    for host in range(40):
        throttle.allows(f"192.0.2.{host}")
    assert len(throttle._by_network) <= 40
    for bucket in throttle._by_network.values():
        bucket._refilled_at -= 3600
    throttle.allows("198.51.100.1")
    assert len(throttle._by_network) == 1
