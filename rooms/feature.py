"""What a feature offers to the core: one object, in the feature's own `feature.py`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ninja import Router

    from rooms.client.client import Client
    from rooms.client.hub_part import HubPart, HubServices

# `async handler(client, frame)`; raises ChatError, which the gateway sends as an `error` frame.
FrameHandler = Callable[["Client", Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Feature:
    """Everything a feature adds; each field may stay empty.

    `frames`: client frames (their classes) and the handlers; `reading`: those of them that change nothing, which a
    token that may only read may send. `routers`: prefixes below `/api/v1/` and Ninja routers.
    `hub_part`: makes the part of the feature that runs in each server process. `cleanup`: functions that delete one
    batch of what has expired, and return whether there is more; run by one server process (`rooms.jobs`).
    """

    frames: Mapping[type, FrameHandler] = field(default_factory=dict)
    reading: Sequence[type] = ()
    routers: Sequence[tuple[str, "Router"]] = ()
    commands: Sequence[Any] = ()
    hub_part: "Callable[[HubServices], HubPart] | None" = None
    cleanup: Sequence[Callable[[], bool]] = ()
