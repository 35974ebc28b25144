"""`make audit`: known holes in the packages this site is made of, and patterns in our own code that often are holes."""

import json
import subprocess
import sys

# Advisories that do not concern us: {id: why}.
ACCEPTED: dict[str, str] = {}
OURS = ["accounts", "chatsite", "clients", "rooms", "tools", "manage.py"]


def main():
    # Of lower severity are things that ruff's S rules look at too, where each exception has its reason beside it.
    looked_at = run("bandit", "--quiet", "-ll", "--configfile", "pyproject.toml", "--recursive", *OURS)
    print(looked_at.stdout, end="")
    holes, unknown = audited(
        run("pip_audit", "--requirement", "requirements.txt", "--no-deps", "--disable-pip", "-f", "json")
    )
    for name, hole in holes:
        print(f"{name}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'no release yet'}")
    if unknown:
        print(f"WARNING: of {unknown} nobody could say whether it has known holes: the list of them cannot be reached.")
    sys.exit(bool(looked_at.returncode or holes))


def run(module, *words):
    return subprocess.run([sys.executable, "-m", module, *words], capture_output=True, text=True)


def audited(ran):
    """`([(package, hole)], what could not be looked up)`."""
    try:
        packages = json.loads(ran.stdout)["dependencies"]
    except ValueError:
        print(ran.stderr, end="")
        return [], "all packages"
    holes = [(f"{one['name']} {one['version']}", hole) for one in packages for hole in one.get("vulns", ())]
    skipped = sum("skip_reason" in one for one in packages)
    left = [(name, hole) for name, hole in holes if hole["id"] not in ACCEPTED]
    return left, f"{skipped} of {len(packages)} packages" if skipped else ""


if __name__ == "__main__":
    main()
