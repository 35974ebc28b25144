"""Log formatters, plain text or JSON; both add the fields of `extra={"fields": {…}}`."""

import json
import logging
import time
from urllib.parse import quote

# Blanks, quotes, control characters, line and paragraph separators, and bidirectional controls: a value with one of
# these could forge a field, a line, or what a terminal shows (log injection).
_UNSAFE = [
    *range(0x21),
    0x22,
    *range(0x7F, 0xA0),
    0x061C,
    0x200E,
    0x200F,
    *range(0x2028, 0x202F),
    *range(0x2066, 0x206A),
]
UNSAFE = {number: quote(chr(number)) for number in _UNSAFE}


class TextFormatter(logging.Formatter):
    """`2026-11-21 09:30:00,123 INFO common.http.access_log request method=GET status=200`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the line without a traceback."""
        fields = "".join(f" {name}={escape(value)}" for name, value in getattr(record, "fields", {}).items())
        return super().formatMessage(record) + fields


class JSONFormatter(logging.Formatter):
    """One JSON object a line: `time` (UTC), `level`, `logger`, `message`, `fault` (a traceback), and the fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = {
            "time": f"{at}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["fault"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


FORMATS: dict[str, type[TextFormatter | JSONFormatter]] = {"line": TextFormatter, "json": JSONFormatter}


def escape(value: object) -> str:
    """Return the value as one word, percent-encoded against log injection."""
    return str(value).translate(UNSAFE)


def configure_logging(kind: str) -> None:
    """Log to standard error in the format of that name, in processes without Django settings."""
    handler = logging.StreamHandler()
    handler.setFormatter(FORMATS[kind]())
    logging.basicConfig(handlers=[handler], level=logging.INFO)
