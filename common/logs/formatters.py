"""How a line of the log looks: words for people, or JSON for programs; `extra={"fields": {…}}` adds to it."""

import json
import logging
import time
from urllib.parse import quote

# Blanks, quotes, controls, ends of lines and paragraphs, and what turns the direction of reading.
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


class Words(logging.Formatter):
    """`2026-11-21 09:30:00,123 INFO common.http.access_log request method=GET status=200`."""

    def __init__(self):
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record):
        fields = "".join(f" {name}={told(value)}" for name, value in getattr(record, "fields", {}).items())
        return super().formatMessage(record) + fields


class Json(logging.Formatter):
    """One object a line: `time` (UTC), `level`, `logger`, `message`, `fault` with a traceback, and the fields."""

    def format(self, record):
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


FORMATS = {"line": Words, "json": Json}


def told(value):
    """One word, whatever a client has put into it: nobody writes a second line, or a second field."""
    return str(value).translate(UNSAFE)


def begin_logging(kind):
    """For programs that have no settings to read it from."""
    handler = logging.StreamHandler()
    handler.setFormatter(FORMATS[kind]())
    logging.basicConfig(handlers=[handler], level=logging.INFO)
