"""What stands or waits in the moving part just now, for those who watch over the site."""

from common.db import threads
from common.metrics.registry import Gauge

from . import metrics
from .hub import running


def watch():
    """Metric it; once in a process."""
    Gauge("connections", "Connections open now, by transport.", lambda: dict(metrics.open_now), "transport")
    Gauge("queue_depth", "What waits: drafts, database calls (those under way too), rings.", queues, "queue")
    Gauge("lease_held", "Whether the process holds its lease: 0 before its first visitor, too.", is_lease_held)


def queues():
    hub = running()
    depths = {"drafts": hub.outbox.depth, "rings": hub.pubsub.depth} if hub else {"drafts": 0, "rings": 0}
    return depths | {"database_calls": threads.calls_under_way}


def is_lease_held():
    hub = running()
    return int(hub is not None and hub.leases.is_held)
