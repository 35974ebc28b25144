"""`manage.py migrate`: Django's command with a lock timeout and retries, so that it can run on a live site."""

import time
from typing import Any

from django.core.management.commands import migrate
from django.db import OperationalError, connections
from django.utils.translation import gettext as _

from common.db.online_migrations import is_lock_conflict, lock_timeout

ATTEMPTS = 60
RETRY_SECONDS = 1


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with lock_timeout(connections[options["database"]]):
                    super().handle(*args, **options)
                return
            except OperationalError as error:
                # Each migration is a transaction or idempotent: the next attempt resumes where this one failed.
                if attempt == ATTEMPTS or not is_lock_conflict(error):
                    raise
            self.stdout.write(_("A table is busy. Trying again in a moment …"))
            time.sleep(RETRY_SECONDS)
