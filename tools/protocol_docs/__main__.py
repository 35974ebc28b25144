"""Make the generated parts of docs/protocol.md and of the page's types anew: `make protocol`."""

from . import markdown, typescript


def main() -> None:
    markdown.PAGE.write_text(markdown.render(markdown.PAGE.read_text()))
    typescript.FILE.parent.mkdir(parents=True, exist_ok=True)
    typescript.FILE.write_text(typescript.render())


if __name__ == "__main__":
    main()
