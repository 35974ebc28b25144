"""What a check has found."""

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    FINE = "✓"
    WARNING = "!"
    FAULT = "✗"


@dataclass(frozen=True)
class Finding:
    """`what` is so; `cure` says what to do about it."""

    level: Severity
    what: str
    cure: str = ""

    @property
    def is_fault(self):
        return self.level is Severity.FAULT

    def __str__(self):
        return f"{self.level.value} {self.what}" + (f"\n  → {self.cure}" if self.cure else "")


def fine(what):
    return Finding(Severity.FINE, what)


def warning(what, cure):
    return Finding(Severity.WARNING, what, cure)


def fault(what, cure):
    return Finding(Severity.FAULT, what, cure)
