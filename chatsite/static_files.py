"""How static files get their names: by content hash, ES module imports included. Style sheets are joined."""

import re

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from servestatic.storage import CompressedManifestStaticFilesStorage

IMPORT = re.compile(r'^@import "(?P<name>[\w-]+\.css)";$', re.MULTILINE)
# Comments that fill whole lines. Scripts have no template literals of several lines, where these could be text.
COMMENT = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*$", re.MULTILINE | re.DOTALL)


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Hashed and compressed files whose `import … from "./x.js";` lines are rewritten too.

    Django rewrites only import lines that end in a semicolon. A style sheet holds what it imports from its own folder:
    on a slow line each round trip before the first picture counts. Scripts go without their comments, a third of them.
    """

    support_js_module_import_aggregation = True

    def post_process(self, paths, dry_run=False, **options):
        sheets = {name: (JoinedSheets(storage), path) for name, (storage, path) in paths.items() if is_sheet(name)}
        scripts = {name: (BareScripts(storage), path) for name, (storage, path) in paths.items() if is_script(name)}
        yield from super().post_process({**paths, **sheets, **scripts}, dry_run, **options)


def is_sheet(name):
    return name.startswith("css/") and name.endswith(".css")


def is_script(name: str) -> bool:
    return name.startswith("js/") and name.endswith(".js")


def without_comments(code: str) -> str:
    """JavaScript without the comments on lines of their own; every statement keeps its line and column."""
    return COMMENT.sub(lambda found: "\n" * found[0].count("\n"), code)


class JoinedSheets:
    """Style sheets of a storage, with what they import in its place."""

    def __init__(self, storage):
        self._storage = storage

    def open(self, path):
        return ContentFile(self._joined(path).encode())

    def _joined(self, path):
        folder = path.rpartition("/")[0]
        with self._storage.open(path) as file:
            return IMPORT.sub(lambda found: self._joined(f"{folder}/{found['name']}"), file.read().decode())


class BareScripts:
    """Scripts of a storage, without comments."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def open(self, path: str) -> "ContentFile[bytes]":
        with self._storage.open(path) as file:
            return ContentFile(without_comments(file.read().decode()).encode())
