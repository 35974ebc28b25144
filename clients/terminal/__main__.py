"""Entry point of `python3 clients/terminal` and of the same folder packed by `python3 -m zipapp`."""

import sys

from tertulia_terminal.cli import main

if __name__ == "__main__":
    sys.exit(main())
