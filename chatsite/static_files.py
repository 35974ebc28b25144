"""How static files get their names: by content hash, ES module imports included."""

from servestatic.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Hashed and compressed files whose `import … from "./x.js";` lines are rewritten too.

    Django rewrites only import lines that end in a semicolon.
    """

    support_js_module_import_aggregation = True
