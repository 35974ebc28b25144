"""Packaging of the terminal client: one file, independent of the server, in small parts."""

import ast
import subprocess
import sys

import pytest

from tests.servers import ROOT

pytestmark = pytest.mark.footing("embedded")

FOLDER = ROOT / "clients" / "terminal"
FILES = sorted(FOLDER.rglob("*.py"))
REQUIREMENTS = {"prompt_toolkit", "websockets"}
MAX_FILE_LINES, MAX_FUNCTION_LINES = 300, 40

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))


@pytest.fixture
def run_zipapp(tmp_path):
    """Run the client from one file, as `make terminal` packs it: `run_zipapp("--help")`."""
    archive = tmp_path / "terminal.pyz"
    subprocess.run([sys.executable, "-m", "zipapp", FOLDER, "--compress", "--output", archive], check=True)

    def run(*arguments):
        command = [sys.executable, archive, *arguments]
        return subprocess.run(command, cwd=tmp_path, env={"LANG": "C.UTF-8"}, capture_output=True, text=True)

    return run


def test_zipapp_starts(run_zipapp):
    result = run_zipapp("--help")
    assert result.returncode == 0, result.stderr
    assert "A chat in the terminal." in result.stdout


def test_zipapp_exits_with_the_status_of_the_client(run_zipapp):
    result = run_zipapp("ftp://127.0.0.1")
    assert result.returncode == 1
    assert result.stderr == "An address begins with http:// or https://.\n"


@each_file
def test_client_imports_nothing_of_the_server(path):
    allowed = sys.stdlib_module_names | REQUIREMENTS | {"tertulia_terminal"}
    assert not {name.split(".")[0] for name in absolute_imports(path)} - allowed


@each_file
def test_files_and_functions_stay_short(path):
    assert len(path.read_text().splitlines()) <= MAX_FILE_LINES
    functions = [node for node in ast.walk(parse(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lines = {function.name: function.end_lineno - function.lineno + 1 for function in functions}
    assert not {name: count for name, count in lines.items() if count > MAX_FUNCTION_LINES}


def absolute_imports(path):
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module


def parse(path):
    return ast.parse(path.read_text(), str(path))
