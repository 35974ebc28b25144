"""Screenshots in every size, theme and language: `make screens` writes them to tests/output/screens."""

import itertools

import pytest

from .conftest import OUTPUT

SIZES = {"phone": (360, 780), "tablet": (768, 1024), "desktop": (1440, 900)}
WAYS = list(itertools.product(SIZES, ["light", "dark"], ["en", "es"]))
FOLDER = OUTPUT / "screens"

in_every_way = pytest.mark.parametrize("way", WAYS, ids="-".join)


async def set_up(open_tab, way, person=None):
    """Open a tab whose `shoot("name")` takes a screenshot, and fails if the page is wider than the window."""
    size, light, language = way
    width, height = SIZES[size]
    FOLDER.mkdir(parents=True, exist_ok=True)
    tab = await open_tab(size, person, viewport={"width": width, "height": height}, locale=language)
    await tab.page.emulate_media(color_scheme=light, reduced_motion="reduce")

    async def shoot(name):
        wide = await tab.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{name} is {wide} px too wide"
        await tab.picture(FOLDER / f"{name}-{size}-{light}-{language}.png")

    tab.shoot = shoot
    return tab
