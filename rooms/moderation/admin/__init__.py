"""The staff site's pages about reports and muted people."""

from . import muted as muted
from . import reports as reports
