"""The shape of the code, as docs/design.md draws it: imports run one way, and everything stays small."""

import ast
import functools
from pathlib import Path

import pytest

pytestmark = pytest.mark.footing("embedded")

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("accounts", "bench", "chatsite", "rooms", "tests", "tools")

# Each part of `rooms` imports only from its own row and those before it.
PICTURE = [
    {"errors", "markup", "shapes"},
    {"models"},
    {"live"},
    {"commands", "keeping", "moderation"},
    {
        "admin",
        "api",
        "apps",
        "consumers",
        "forms",
        "handshake",
        "install",
        "lab",
        "management",
        "migrations",
        "order",
        "own_data",
        "signals",
        "streams",
        "urls",
        "views",
    },
]

# Where Django asks a class of one module for a class of another that needs the first, and where it calls an app once
# all apps are loaded.
LOCAL_IMPORTS = {"accounts/session_store.py", "accounts/models/session.py", "accounts/apps.py", "rooms/apps.py"}


def python_files():
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    return sorted(path for path in [*files, *ROOT.glob("*.py")] if "migrations" not in path.parts)


def each_file(*, within="", but=""):
    """Check every Python file whose path has `within` and not `but` among its folders, and name all that fail.

    One test for all of them: a parametrised test for each of two thousand costs more than what it checks.
    """
    paths = [path.relative_to(ROOT) for path in python_files()]
    chosen = [path for path in paths if (not within or within in path.parts) and but not in path.parts]

    def over_all(check):
        def test():
            assert chosen
            assert not list(filter(None, (failure(check, path) for path in chosen)))

        test.__name__ = test.__qualname__ = check.__name__
        return test

    return over_all


def failure(check, path):
    try:
        check(path)
    except AssertionError as error:
        return f"{path}: {error}"
    return None


@functools.cache
def parse(path):
    return ast.parse((ROOT / path).read_text(), str(path))


def imported_modules(path):
    """Full names of the modules and names that a file imports, wherever it does so."""
    package = path.parent.parts
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) + 1 - node.level]) if node.level else ""
            module = ".".join(filter(None, [base, node.module]))
            yield from (f"{module}.{alias.name}" for alias in node.names)


def rank(part):
    """The row of the picture; a new file in `rooms` asks for a place in it."""
    found = next((number for number, row in enumerate(PICTURE) if part in row), None)
    assert found is not None, f"rooms.{part} has no place in the picture of test_architecture.py"
    return found


@each_file(within="rooms", but="tests")
def test_rooms_import_only_downwards(path):
    if path == Path("rooms/__init__.py"):
        return
    own_rank = rank(path.with_suffix("").parts[1])
    parts = {name.split(".")[1] for name in imported_modules(path) if name.startswith("rooms.")}
    upwards = [part for part in parts if rank(part) > own_rank]
    assert not upwards


@each_file(within="accounts")
def test_accounts_know_nothing_of_rooms(path):
    assert not [name for name in imported_modules(path) if name.split(".")[0] == "rooms"]


@each_file(within="chatsite")
def test_only_the_front_door_of_the_site_knows_the_apps(path):
    known = {name.split(".")[0] for name in imported_modules(path)} & {"accounts", "rooms"}
    assert not known or path.name in {"asgi.py", "urls.py"}


@each_file()
def test_imports_stand_at_the_top(path):
    inside = [
        f"line {node.lineno}"
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not inside or str(path) in LOCAL_IMPORTS


@each_file()
def test_files_stay_short(path):
    assert len((ROOT / path).read_text().splitlines()) <= 300


@each_file()
def test_functions_stay_short(path):
    long = [f"{function.name}: {lines(function)} lines" for function in functions(path) if lines(function) > 40]
    assert not long


@each_file(within="tests")
def test_tests_wait_for_something_instead_of_sleeping(path):
    """`tests/waiting.py` asks again and again, with an end; that is the one place which may."""
    assert "sleep" not in called_names(path) or path == Path("tests/waiting.py")


@each_file(within="tests")
def test_no_test_is_left_out(path):
    skips = {"skip", "skipif", "skipIf", "skipUnless", "skipTest", "importorskip", "xfail"}
    used = {node.attr for node in ast.walk(parse(path)) if isinstance(node, ast.Attribute)}
    assert not skips & (used | called_names(path))


@each_file(within="tests")
def test_no_test_flushes_the_database(path):
    """A flush takes the default room and the leases of running servers along; `committed` is for tests that commit."""
    named = {argument.arg for function in functions(path) for argument in function.args.args}
    flags = {node.arg for node in ast.walk(parse(path)) if isinstance(node, ast.keyword)}
    assert not {"transactional_db", "live_server", "TransactionTestCase"} & (named | called_names(path))
    assert "transaction" not in flags


def functions(path):
    return [node for node in ast.walk(parse(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def lines(function):
    return function.end_lineno - function.lineno + 1


def called_names(path):
    """The last words of everything called: `sleep` for `sleep(…)`, `time.sleep(…)` and `asyncio.sleep(…)`."""
    callees = [node.func for node in ast.walk(parse(path)) if isinstance(node, ast.Call)]
    return {callee.attr if isinstance(callee, ast.Attribute) else getattr(callee, "id", "") for callee in callees}
