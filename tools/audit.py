"""`make audit`: known vulnerabilities of the dependencies, and insecure patterns in our own code."""

import json
import subprocess
import sys
from typing import Any

# Advisories that do not apply: {id: reason}.
ACCEPTED: dict[str, str] = {}
SOURCES = ["accounts", "chatsite", "clients", "common", "ops", "rooms", "tools", "manage.py"]


def main() -> None:
    """Print what was found; exit with 1 if there is anything."""
    # Patterns of lower severity are covered by ruff's S rules, with a reason beside each exception.
    bandit = run("bandit", "--quiet", "-ll", "--configfile", "pyproject.toml", "--recursive", *SOURCES)
    print(bandit.stdout, end="")
    vulnerabilities, unknown = parse_audit(
        run("pip_audit", "--requirement", "requirements.txt", "--no-deps", "--disable-pip", "-f", "json")
    )
    for package, found in vulnerabilities:
        print(f"{package}: {found['id']}, fixed in {', '.join(found['fix_versions']) or 'no release yet'}")
    if unknown:
        print(f"WARNING: {unknown} could not be checked for known vulnerabilities: the database cannot be reached.")
    sys.exit(bool(bandit.returncode or vulnerabilities))


def run(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a Python module and return its output."""
    return subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True)


def parse_audit(result: subprocess.CompletedProcess[str]) -> tuple[list[tuple[str, dict[str, Any]]], str]:
    """Return `(package, vulnerability)` pairs, and a description of the packages that could not be looked up."""
    try:
        packages = json.loads(result.stdout)["dependencies"]
    except ValueError:
        print(result.stderr, end="")
        return [], "all packages"
    found = [(f"{one['name']} {one['version']}", item) for one in packages for item in one.get("vulns", ())]
    skipped = sum("skip_reason" in one for one in packages)
    applicable = [(package, item) for package, item in found if item["id"] not in ACCEPTED]
    return applicable, f"{skipped} of {len(packages)} packages" if skipped else ""


if __name__ == "__main__":
    main()
