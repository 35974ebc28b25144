"""Deletion in batches: locks are held briefly, and no statement runs into its timeout."""

from typing import Any

from django.db.models import QuerySet

BATCH_ROWS = 1000


def delete_batch(rows: QuerySet[Any], send_signals: bool = True) -> bool:
    """Delete the oldest `BATCH_ROWS` rows of a queryset; return whether there may be more."""
    oldest = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH_ROWS])
    if not oldest:
        return False  # for an empty `pk__in` Django runs no statement and returns no count
    batch = rows.model._default_manager.filter(pk__in=oldest)
    count = batch.delete()[0] if send_signals else batch._raw_delete(batch.db)
    return bool(count >= BATCH_ROWS)
