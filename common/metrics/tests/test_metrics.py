"""The metrics endpoint as Prometheus parses it, and the dashboard's queries."""

import asyncio
import json
import re
import urllib.error
import urllib.request
import uuid

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.servers import ROOT

pytestmark = pytest.mark.once("embedded")

TOKEN = "for tests"


def scrape(server, token=TOKEN):
    request = urllib.request.Request(f"{server.url}/metrics", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.read().decode()


def metrics(server):
    """Return `{(name, *label values but the worker's): value}`."""
    found = {}
    for family in text_string_to_metric_families(scrape(server)):
        for sample in family.samples:
            labels = [value for name, value in sorted(sample.labels.items()) if name != "worker"]
            found[sample.name, *labels] = sample.value
    return found


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/api/v1/rooms/1/messages", "not_signed_in"),  # raised by our code
        ("GET", "/api/v1/nothing", "no_such_address"),  # raised by Django
        ("PUT", "/api/v1/tokens", "method_not_allowed"),
        ("POST", "/api/v1/tokens", "bad_request"),
    ],
)
def test_rest_errors_are_counted_by_code(site, method, path, code):
    server = site[0]
    before = metrics(server).get(("tertulia_rest_errors_total", code), 0)
    with pytest.raises(urllib.error.HTTPError) as refused:
        request = urllib.request.Request(server.url + path, method=method, headers={"Content-Type": "text/plain"})
        urllib.request.urlopen(request, timeout=20)
    assert json.load(refused.value)["error"]["code"] == code
    assert metrics(server)["tertulia_rest_errors_total", code] > before


@pytest.mark.parametrize("token", ["", "wrong", "for tests and more"])
def test_wrong_token_gets_404(site, token):
    with pytest.raises(urllib.error.HTTPError) as refused:
        scrape(site[0], token)
    assert refused.value.code == 404


@pytest.mark.footing("embedded")
def test_listed_address_needs_no_token(cluster):
    [server] = cluster(1, METRICS_TOKEN="", METRICS_ADDRESSES="10.0.0.0/8,127.0.0.0/8")
    assert metrics(server)["tertulia_up",] == 1


async def test_messages_acks_and_errors_are_counted(site, join, people):
    server = site[0]
    before = await asyncio.to_thread(metrics, server)
    ana = await join(people.ana)
    for text in ("one", "two", "three"):
        await ana.send_message(text)
    repeated = str(uuid.uuid4())
    await ana.send_message("four", client_id=repeated)
    await ana.send_message("four", client_id=repeated)
    await ana.send_message(" ")
    after = await asyncio.to_thread(metrics, server)

    def increase(*name):
        return after.get(name, 0) - before.get(name, 0)

    # At least these: clients of other tests may still be connected.
    assert increase("tertulia_acks_total", "new") >= 4
    assert increase("tertulia_acks_total", "known") >= 1
    assert increase("tertulia_errors_total", "blank") >= 1
    assert increase("tertulia_ack_seconds_count") >= 5
    assert increase("tertulia_flush_drafts_count") >= 5
    assert increase("tertulia_deliveries_total") >= 4
    assert increase("tertulia_delivery_seconds_count") >= 4
    assert increase("tertulia_connections_total", ana.transport) >= 1
    assert after["tertulia_lease_held",] == 1


async def test_resumes_are_counted_by_outcome(site, join, people):
    ana = await join(people.ana)
    await ana.send_message("here")
    held = await ana.expect("events", reset=True)
    before = await asyncio.to_thread(metrics, site[0])
    again = await join(people.ana, epoch=held["epoch"], version=held["version"])
    await again.expect("events")
    after = await asyncio.to_thread(metrics, site[0])
    kinds = ("nothing_missed", "caught_up")
    count = [sum(found.get(("tertulia_resumes_total", kind), 0) for kind in kinds) for found in (before, after)]
    assert count[1] > count[0]


def test_dashboard_and_guide_name_all_metrics_and_no_others(site):
    text = scrape(site[0])
    known = set(re.findall(r"^# TYPE (\S+) (?:counter|gauge)$", text, re.M))
    for name in re.findall(r"^# TYPE (\S+) histogram$", text, re.M):
        known |= {f"{name}{part}" for part in ("_bucket", "_sum", "_count")}
    dashboard = json.loads((ROOT / "deploy/grafana.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked = {name for query in queries for name in re.findall(r"tertulia_\w+", query)}
    assert asked - known == set()
    guide = set(re.findall(r"tertulia_[a-z_]+[a-z]", (ROOT / "docs/operating.md").read_text()))
    assert guide - known - {name.removesuffix("_sum") for name in known} == set()
    # Every metric has a panel.
    assert {name.removesuffix("_sum").removesuffix("_count") for name in known - asked} <= {
        name.removesuffix("_bucket") for name in asked
    }
