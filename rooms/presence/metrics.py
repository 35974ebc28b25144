"""Counters of presence (docs/operating.md lists them)."""

from common.metrics.registry import Counter

lapses = Counter("lease_lapses_total", "Times the lease ran out and all clients were sent away.")
