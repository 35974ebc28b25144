"""Output above the prompt."""

import asyncio

from prompt_toolkit import print_formatted_text
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.styles import Style

BATCH_SECONDS = 0.03
STYLE = Style.from_dict(
    {
        "time": "ansibrightblack",
        "own": "bold",
        "private": "ansimagenta",
        "notice": "italic ansibrightblack",
        "reply": "ansicyan",
        "error": "ansired",
        "rule": "ansibrightblack",
        "bottom-toolbar": "noreverse",
        "state": "ansibrightblack",
        "unread": "bold ansiyellow",
    }
)

Fragments = list[tuple[str, str]]  # pairs of a style and a text


class BatchedPrinter:
    """Printer that batches lines: for each batch the prompt is erased and drawn again, which is slow over SSH."""

    def __init__(self) -> None:
        self._lines: list[Fragments] = []

    def print(self, line: Fragments) -> None:
        """Print a line within `BATCH_SECONDS`."""
        if not self._lines:
            asyncio.get_running_loop().call_later(BATCH_SECONDS, self.flush)
        self._lines.append(line)

    def flush(self) -> None:
        """Print the waiting lines now."""
        lines, self._lines = self._lines, []
        if lines:
            fragments = [fragment for line in lines for fragment in [*line, ("", "\n")]]
            print_formatted_text(FormattedText(fragments), style=STYLE, end="")
