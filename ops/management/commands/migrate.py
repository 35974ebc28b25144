"""`manage.py migrate`: Django's, which on a site that is talking steps back from a busy table and tries again."""

import time

from django.core.management.commands import migrate
from django.db import OperationalError, connections
from django.utils.translation import gettext as _

from common.db.online_migrations import is_lock_conflict, lock_timeout

ATTEMPTS = 60
WAIT_SECONDS = 1


class Command(migrate.Command):
    def handle(self, *args, **options):
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with lock_timeout(connections[options["database"]]):
                    super().handle(*args, **options)
                return
            except OperationalError as error:
                # Every migration is done whole or not at all, so the next attempt goes on where this one stopped.
                if attempt == ATTEMPTS or not is_lock_conflict(error):
                    raise
            self.stdout.write(_("A table is busy. Trying again in a moment …"))
            time.sleep(WAIT_SECONDS)
