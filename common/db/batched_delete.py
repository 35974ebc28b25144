"""Deleting much in small parts: nobody waits long for a lock, and no statement runs out of time."""

ROWS = 1000


def delete_some(rows, quietly=False):
    """Delete the oldest `ROWS` of a queryset; whether there may be more. `quietly`: nobody is told by signals."""
    oldest = list(rows.order_by("pk").values_list("pk", flat=True)[:ROWS])
    if not oldest:
        return False  # Django deletes by no ids without asking anybody, and then has no count to tell
    found = rows.model.objects.filter(pk__in=oldest)
    count = found._raw_delete(found.db) if quietly else found.delete()[0]
    return count >= ROWS
