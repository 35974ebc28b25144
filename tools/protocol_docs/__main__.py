"""Make the generated parts of docs/protocol.md and of the page's types anew: `make protocol`."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")

import django

django.setup()  # the features' frames stand beside their models

from . import markdown, typescript  # noqa: E402


def main() -> None:
    """Write both files."""
    markdown.PAGE.write_text(markdown.render(markdown.PAGE.read_text()))
    typescript.FILE.parent.mkdir(parents=True, exist_ok=True)
    typescript.FILE.write_text(typescript.render())


if __name__ == "__main__":
    main()
