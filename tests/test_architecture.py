"""The structure of the code, as docs/design.md draws it: imports run one way, and everything stays small."""

import ast
import re
from collections import defaultdict
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from rooms.features import NAMES

pytestmark = pytest.mark.footing("embedded")

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ("common", "accounts", "rooms", "chatsite", "ops")  # each imports only itself and those before it
FOLDERS = (*LAYERS, "bench", "clients", "tests", "tools")

# The core of `rooms`, each package importing only those before it; features import all of them.
CORE = [
    "protocol",
    "markup",
    "models",
    "log",
    "presence",
    "delivery",
    "lobby",
    "client",
    "hub",
    "commands",
    "api",
    "gateway",
    "admin",
]
# Packages of the core that also offer something as a feature does, in their own `feature.py`.
CORE_FEATURES = {"presence", "gateway"}
# Modules of `rooms` that put core and features together, or say how.
COMPOSITION = {"apps", "conftest", "feature", "features", "migrations", "urls", "views", "tests"}
# What one feature uses of another.
FEATURE_IMPORTS = {
    "account_deletion": {"webhooks", "jobs"},
    "announcements": {"lab"},
    "direct": {"moderation"},
    "export": {"direct", "webhooks", "moderation"},
    "lab": {"announcements"},
    "webhooks": {"jobs"},
}

MAX_FILE_LINES, MAX_FUNCTION_LINES, MAX_PACKAGE_LINES = 300, 40, 900

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


@cache
def parse(path):
    return ast.parse((ROOT / path).read_text(), str(path))


def is_type_checking(node):
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


@cache
def imported_modules(path):
    """Full names of the modules and names that a file imports when it runs, wherever it does so."""
    return list(find_imports(path))


def find_imports(path):
    package, tree = path.parent.parts, parse(path)
    for_types = {id(inner) for node in ast.walk(tree) if is_type_checking(node) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) + 1 - node.level]) if node.level else ""
            module = ".".join(filter(None, [base, node.module]))
            yield from (f"{module}.{alias.name}" for alias in node.names)


def part_of(path):
    """The package or module of `rooms` that a file belongs to."""
    return path.with_suffix("").parts[1]


def imported_parts(path):
    """Packages and modules of `rooms` that a file imports, its own apart."""
    parts = {name.split(".")[1] for name in imported_modules(path) if name.startswith("rooms.")}
    return parts - {part_of(path)}


def production_files(folder):
    paths = [path.relative_to(ROOT) for path in python_files()]
    return [path for path in paths if path.parts[0] == folder and not {"tests", "conftest.py"} & set(path.parts)]


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_import_only_downwards(layer):
    above = set(LAYERS[LAYERS.index(layer) + 1 :])
    upwards = [
        f"{path}: {name}"
        for path in production_files(layer)
        for name in imported_modules(path)
        if name.split(".")[0] in above
    ]
    assert not upwards


@pytest.mark.parametrize("package", CORE)
def test_core_imports_only_core_packages_before_it(package):
    allowed = {*CORE[: CORE.index(package)], "features", "feature"}
    wrong = [
        f"{path}: {sorted(found)}"
        for path in production_files("rooms")
        if part_of(path) == package and (found := imported_parts(path) - allowed)
    ]
    assert not wrong


def test_every_package_of_rooms_is_core_or_feature():
    packages = {part_of(path) for path in production_files("rooms") if len(path.parts) > 1} - {"__init__"}
    assert packages - COMPOSITION == {*CORE, *NAMES}
    assert set(NAMES) & set(CORE) == CORE_FEATURES


@pytest.mark.parametrize("feature", sorted(set(NAMES) - CORE_FEATURES))
def test_features_import_the_core_and_few_other_features(feature):
    allowed = {*CORE, "feature", "features", *FEATURE_IMPORTS.get(feature, ())} - {"admin"}
    wrong = [
        f"{path}: {sorted(found)}"
        for path in production_files("rooms")
        if part_of(path) == feature and (found := imported_parts(path) - allowed)
    ]
    assert not wrong


def test_packages_import_each_other_without_a_circle():
    graph = defaultdict(set)
    for layer in LAYERS:
        for path in production_files(layer):
            here = ".".join(path.parts[:2]) if len(path.parts) > 2 else layer
            for name in imported_modules(path):
                parts = name.split(".")
                if parts[0] in LAYERS and (ROOT / parts[0] / parts[1]).is_dir():
                    graph[here].add(".".join(parts[:2]))
            graph[here].discard(here)
    for composed in ("rooms", "accounts"):
        graph.pop(composed, None)
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


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
    assert len((ROOT / path).read_text().splitlines()) <= MAX_FILE_LINES


def test_scripts_stay_short():
    scripts = (ROOT / "static").rglob("*.js")
    assert not [str(path) for path in scripts if len(path.read_text().splitlines()) > MAX_FILE_LINES]


def test_packages_stay_small():
    lines = defaultdict(int)
    for folder in (*LAYERS, "clients", "tools"):
        for path in production_files(folder):
            lines[str(path.parent)] += len((ROOT / path).read_text().splitlines())
    assert not {package: count for package, count in lines.items() if count > MAX_PACKAGE_LINES}


@each_file()
def test_functions_stay_short(path):
    long = [
        f"{function.name}: {lines(function)} lines"
        for function in functions(path)
        if lines(function) > MAX_FUNCTION_LINES
    ]
    assert not long


def test_no_two_classes_have_one_name():
    found = defaultdict(list)
    for folder in LAYERS:
        for path in production_files(folder):
            for node in ast.walk(parse(path)):
                if isinstance(node, ast.ClassDef) and node.name not in ("Meta", "Command", "Migration"):
                    found[node.name].append(str(path))
    assert not {name: places for name, places in found.items() if len(places) > 1}


@each_file(within="tests")
def test_tests_wait_for_something_instead_of_sleeping(path):
    """`tests/waiting.py` asks again and again, with a timeout; it is the one place that may sleep."""
    assert "sleep" not in called_names(path) or path == Path("tests/waiting.py")


@each_file(within="tests")
def test_no_test_is_skipped(path):
    skips = {"skip", "skipif", "skipIf", "skipUnless", "skipTest", "importorskip", "xfail"}
    used = {node.attr for node in ast.walk(parse(path)) if isinstance(node, ast.Attribute)}
    assert not skips & (used | called_names(path))


@each_file(within="tests")
def test_no_test_flushes_the_database(path):
    """A flush deletes the default room and the leases of running servers; `committed` is for tests that commit."""
    named = {argument.arg for function in functions(path) for argument in function.args.args}
    flags = {node.arg for node in ast.walk(parse(path)) if isinstance(node, ast.keyword)}
    assert not {"transactional_db", "live_server", "TransactionTestCase"} & (named | called_names(path))
    assert "transaction" not in flags


PATH_IN_DOCS = re.compile(rf"`((?:{'|'.join([*FOLDERS, 'static', 'deploy'])})/[\w./-]*)`")


def test_docs_name_files_that_exist():
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    named = {(page.name, name) for page in pages for name in PATH_IN_DOCS.findall(page.read_text())}
    assert not sorted((page, name) for page, name in named if not (ROOT / name).exists())


def functions(path):
    return [node for node in ast.walk(parse(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def lines(function):
    return function.end_lineno - function.lineno + 1


def called_names(path):
    """The last words of everything called: `sleep` for `sleep(…)`, `time.sleep(…)` and `asyncio.sleep(…)`."""
    callees = [node.func for node in ast.walk(parse(path)) if isinstance(node, ast.Call)]
    return {callee.attr if isinstance(callee, ast.Attribute) else getattr(callee, "id", "") for callee in callees}
