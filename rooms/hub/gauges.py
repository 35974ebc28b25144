"""Gauges of what is open or queued at the moment (docs/operating.md lists them)."""

from common.db import threads
from common.metrics.registry import Gauge
from rooms.delivery import metrics

from .process import running


def register_gauges() -> None:
    """Register them; once in a process."""
    Gauge("connections", "Connections open now, by transport.", lambda: dict(metrics.open_now), "transport")
    Gauge(
        "queue_depth",
        "Queued: drafts, database calls (running ones too), and events to publish (`rings`).",
        _queues,
        "queue",
    )
    Gauge("lease_held", "Whether the process holds its lease; 0 also before its first client.", _is_lease_held)


def _queues() -> dict[str, int]:
    hub = running()
    depths = {"drafts": hub.outbox.depth, "rings": hub.pubsub.depth} if hub else {"drafts": 0, "rings": 0}
    return depths | {"database_calls": threads.pending_calls}


def _is_lease_held() -> int:
    hub = running()
    return int(hub is not None and hub.leases.is_held)
