"""Make the icons of the installed app from the mark: `python -m tools.icons`, after the mark has changed."""

import os
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).resolve().parent.parent / "static" / "img"
PAPER = "#fbf7f0"
# Name, side in pixels, and how much of it the mark takes: of a maskable icon a system may cut off a fifth all around.
ICONS = [("icon-192", 192, 0.92), ("icon-512", 512, 0.92), ("icon-maskable-512", 512, 0.62)]
PAGE = """<body style="margin:0; display:grid; place-items:center; height:100vh; background:{ground}">
<div style="width:{part}vw; height:{part}vw">{mark}</div></body>"""


def draw(page, name, side, part):
    ground = PAPER if "maskable" in name else "transparent"
    page.set_viewport_size({"width": side, "height": side})
    page.set_content(PAGE.format(ground=ground, part=part * 100, mark=(IMAGES / "mark.svg").read_text()))
    page.screenshot(path=IMAGES / f"{name}.png", omit_background=True)


def main():
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*flags, "--disable-gpu"])
        page = browser.new_page()
        for name, side, part in ICONS:
            draw(page, name, side, part)
        browser.close()


if __name__ == "__main__":
    main()
