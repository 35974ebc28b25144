"""`manage.py doctor`: checks the installation and names remedies; exit code 1 if there is a fault."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ops.doctor import run_checks


class Command(BaseCommand):
    requires_system_checks = []  # Django's checks would fail before the doctor can name the remedy

    @property
    def help(self) -> str:  # type: ignore[override] # translated on each call
        return _("Looks this site over and says what is wrong and how to mend it.")

    def handle(self, *args: Any, **options: Any) -> None:
        faults = 0
        for finding in run_checks():
            faults += finding.is_fault
            self.stdout.write(str(finding))
        if not faults:
            self.stdout.write(_("All is well."))
            return
        sentence = ngettext("%(count)s thing is to be mended.", "%(count)s things are to be mended.", faults)
        self.stdout.write(sentence % {"count": faults})
        sys.exit(1)
