"""Versions of the measured software."""

import json
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

PACKAGES = [
    "django",
    "channels",
    "channels-redis",
    "daphne",
    "twisted",
    "autobahn",
    "psycopg",
    "redis",
    "uvicorn",
    "uvloop",
]
PACKAGES += ["websockets", "flask-socketio", "python-socketio", "gevent", "gevent-websocket"]


def versions() -> dict[str, str]:
    found = {name: version(name) for name in PACKAGES}
    package = json.loads((Path(__file__).parent / "peers/socketio/package.json").read_text())
    found |= {"python": platform.python_version(), "node": _output("node", "--version"), **package["dependencies"]}
    return found | {"commit": _output("git", "rev-parse", "--short", "HEAD"), "machine": _machine()}


def _output(*command: str) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout.strip()


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(models)} × {models[0] if models else platform.machine()}, Linux {platform.release()}"
