"""The result of a check."""

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    OK = "✓"
    WARNING = "!"
    FAULT = "✗"


@dataclass(frozen=True)
class Finding:
    """`what` was found; `cure` is the remedy, if one is needed."""

    severity: Severity
    what: str
    cure: str = ""

    @property
    def is_fault(self) -> bool:
        return self.severity is Severity.FAULT

    def __str__(self) -> str:
        return f"{self.severity.value} {self.what}" + (f"\n  → {self.cure}" if self.cure else "")


def ok(what: str) -> Finding:
    return Finding(Severity.OK, what)


def warning(what: str, cure: str) -> Finding:
    return Finding(Severity.WARNING, what, cure)


def fault(what: str, cure: str) -> Finding:
    return Finding(Severity.FAULT, what, cure)
