"""`make icons`: draws the icons of the installed app from `static/img/mark.svg`."""

import os
import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).resolve().parent.parent / "static" / "img"
PAPER = "#fbf7f0"
# Name, side in pixels, and the mark's share of it: systems may crop a fifth on each side of a maskable icon.
ICONS = [("icon-192", 192, 0.92), ("icon-512", 512, 0.92), ("icon-maskable-512", 512, 0.62)]
PAGE = """<body style="margin:0; display:grid; place-items:center; height:100vh; background:{background}">
<div style="width:{part}vw; height:{part}vw">{mark}</div></body>"""


def draw(page: Page, name: str, side: int, part: float) -> None:
    """Write one icon."""
    background = PAPER if "maskable" in name else "transparent"
    page.set_viewport_size({"width": side, "height": side})
    page.set_content(PAGE.format(background=background, part=part * 100, mark=(IMAGES / "mark.svg").read_text()))
    page.screenshot(path=IMAGES / f"{name}.png", omit_background=True)


def main() -> None:
    """Draw all icons."""
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*flags, "--disable-gpu"])
        page = browser.new_page()
        for name, side, part in ICONS:
            draw(page, name, side, part)
        browser.close()


if __name__ == "__main__":
    main()
