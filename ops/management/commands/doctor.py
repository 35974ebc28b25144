"""`manage.py doctor`: what is wrong with this site, and how to mend it; exit code 1 if anything is."""

import sys

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ops.doctor import look_over


class Command(BaseCommand):
    requires_system_checks = []  # what is broken is to be told here, in words

    @property
    def help(self):  # type: ignore[override]
        return _("Looks this site over and says what is wrong and how to mend it.")

    def handle(self, *args, **options):
        faults = 0
        for finding in look_over():
            faults += finding.is_fault
            self.stdout.write(str(finding))
        if not faults:
            self.stdout.write(_("All is well."))
            return
        words = ngettext("%(count)s thing is to be mended.", "%(count)s things are to be mended.", faults)
        self.stdout.write(words % {"count": faults})
        sys.exit(1)
