"""How static files get their names: by content hash, ES module imports included. Style sheets are joined."""

import re

from django.core.files.base import ContentFile
from servestatic.storage import CompressedManifestStaticFilesStorage

IMPORT = re.compile(r'^@import "(?P<name>[\w-]+\.css)";$', re.MULTILINE)


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Hashed and compressed files whose `import … from "./x.js";` lines are rewritten too.

    Django rewrites only import lines that end in a semicolon. A style sheet holds what it imports from its own folder:
    on a slow line each round trip before the first picture counts.
    """

    support_js_module_import_aggregation = True

    def post_process(self, paths, dry_run=False, **options):
        sheets = {name: (JoinedSheets(storage), path) for name, (storage, path) in paths.items() if is_sheet(name)}
        yield from super().post_process({**paths, **sheets}, dry_run, **options)


def is_sheet(name):
    return name.startswith("css/") and name.endswith(".css")


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
