"""What Prometheus reads, and what the dashboard shows of it."""

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


def ask(server, token=TOKEN):
    request = urllib.request.Request(f"{server.url}/metrics", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.read().decode()


def figures(server):
    """`{(name, *label values but the worker's): number}`, as Prometheus reads it."""
    found = {}
    for family in text_string_to_metric_families(ask(server)):
        for sample in family.samples:
            labels = [value for name, value in sorted(sample.labels.items()) if name != "worker"]
            found[sample.name, *labels] = sample.value
    return found


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/api/v1/rooms/1/messages", "not_signed_in"),  # what we refuse
        ("GET", "/api/v1/nothing", "no_such_address"),  # what Django does
        ("PUT", "/api/v1/tokens", "method_not_allowed"),
        ("POST", "/api/v1/tokens", "bad_request"),
    ],
)
def test_what_is_refused_over_rest_is_counted_by_its_code(site, method, path, code):
    server = site[0]
    before = figures(server).get(("tertulia_rest_errors_total", code), 0)
    with pytest.raises(urllib.error.HTTPError) as refused:
        request = urllib.request.Request(server.url + path, method=method, headers={"Content-Type": "text/plain"})
        urllib.request.urlopen(request, timeout=20)
    assert json.load(refused.value)["error"]["code"] == code
    assert figures(server)["tertulia_rest_errors_total", code] > before


@pytest.mark.parametrize("token", ["", "wrong", "for tests and more"])
def test_strangers_find_nothing_there(site, token):
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(site[0], token)
    assert refused.value.code == 404


@pytest.mark.footing("embedded")
def test_known_addresses_need_no_token(cluster):
    [server] = cluster(1, METRICS_TOKEN="", METRICS_ADDRESSES="10.0.0.0/8,127.0.0.0/8")
    assert figures(server)["tertulia_up",] == 1


async def test_what_people_do_is_counted(site, join, people):
    server = site[0]
    before = await asyncio.to_thread(figures, server)
    ana = await join(people.ana)
    for text in ("one", "two", "three"):
        await ana.say(text)
    repeated = str(uuid.uuid4())
    await ana.say("four", client_id=repeated)
    await ana.say("four", client_id=repeated)
    await ana.say(" ")
    now = await asyncio.to_thread(figures, server)

    def more(*name):
        return now.get(name, 0) - before.get(name, 0)

    # Other tests' people may still be about, so at least these.
    assert more("tertulia_acks_total", "new") >= 4
    assert more("tertulia_acks_total", "known") >= 1
    assert more("tertulia_errors_total", "blank") >= 1
    assert more("tertulia_ack_seconds_count") >= 5
    assert more("tertulia_flush_drafts_count") >= 5
    assert more("tertulia_deliveries_total") >= 4
    assert more("tertulia_delivery_seconds_count") >= 4
    assert more("tertulia_connections_total", ana.transport) >= 1
    assert now["tertulia_lease_held",] == 1


async def test_coming_back_is_counted_by_what_it_takes(site, join, people):
    ana = await join(people.ana)
    await ana.say("here")
    held = await ana.expect("events", reset=True)
    before = await asyncio.to_thread(figures, site[0])
    again = await join(people.ana, epoch=held["epoch"], version=held["version"])
    await again.expect("events")
    now = await asyncio.to_thread(figures, site[0])
    kinds = ("nothing_missed", "caught_up")
    count = [sum(found.get(("tertulia_resumes_total", kind), 0) for kind in kinds) for found in (before, now)]
    assert count[1] > count[0]


def test_the_dashboard_and_the_guide_name_only_what_there_is(site):
    text = ask(site[0])
    known = set(re.findall(r"^# TYPE (\S+) (?:counter|gauge)$", text, re.M))
    for name in re.findall(r"^# TYPE (\S+) histogram$", text, re.M):
        known |= {f"{name}{part}" for part in ("_bucket", "_sum", "_count")}
    dashboard = json.loads((ROOT / "deploy/grafana.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked = {name for query in queries for name in re.findall(r"tertulia_\w+", query)}
    assert asked - known == set()
    guide = set(re.findall(r"tertulia_[a-z_]+[a-z]", (ROOT / "docs/operating.md").read_text()))
    assert guide - known - {name.removesuffix("_sum") for name in known} == set()
    # And all there is has a place there.
    assert {name.removesuffix("_sum").removesuffix("_count") for name in known - asked} <= {
        name.removesuffix("_bucket") for name in asked
    }
