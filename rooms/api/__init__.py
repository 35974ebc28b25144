"""The chat's REST interface (docs/api.md): the core's calls and those of the features."""

from ninja import Router

from rooms import features

from . import commands, messages, rooms, site


def build_router() -> Router:
    """A router with all calls below `/api/v1/`, accounts' own apart."""
    router = Router()
    router.add_router("", site.router)
    router.add_router("rooms", rooms.router)
    router.add_router("rooms", messages.router)
    router.add_router("commands", commands.router)
    for feature in features.features():
        for prefix, feature_router in feature.routers:
            router.add_router(prefix, feature_router)
    return router
