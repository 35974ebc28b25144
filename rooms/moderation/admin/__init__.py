"""Pages of the staff site for reports and muted members."""

from . import muted as muted
from . import reports as reports
