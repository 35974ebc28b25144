"""The chat over REST (docs/api.md)."""

from ninja import Router

from accounts.api.auth import signed_in
from rooms.moderation import api as moderation
from rooms.webhooks import api as hooks

from . import commands, messages, rooms, site, users

router = Router()
router.add_router("", site.router)
router.add_router("rooms", rooms.router, auth=signed_in)
router.add_router("rooms", messages.router, auth=signed_in)
router.add_router("rooms", hooks.router, auth=signed_in)
router.add_router("rooms", moderation.router, auth=signed_in)
router.add_router("blocks", moderation.blocks, auth=signed_in)
router.add_router("hooks", hooks.incoming_router)
router.add_router("messages", users.router, auth=signed_in)
router.add_router("commands", commands.router, auth=signed_in)
