"""The chat's REST interface (docs/api.md): the core's calls and those of the features."""

from ninja import Router

from rooms import features

from . import commands, messages, rooms, site

router = Router()
router.add_router("", site.router)
router.add_router("rooms", rooms.router)
router.add_router("rooms", messages.router)
router.add_router("commands", commands.router)
for module in features.parts("api"):
    for prefix, feature_router in module.ROUTERS:
        router.add_router(prefix, feature_router)
