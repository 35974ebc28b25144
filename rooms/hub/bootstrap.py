"""What is loaded for users who connect: a few queries, however many connect at a moment."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rooms.client.hub_part import HubPart
from rooms.models import Membership


@dataclass(frozen=True, slots=True)
class Loaded:
    """The memberships of a user by room id, the ids of rooms they were removed from, and what each part has loaded."""

    memberships: Mapping[int, Membership]
    removed: set[int]
    parts: Sequence[Any]


class Bootstrap:
    """The loader; `load` runs on a database thread."""

    def __init__(self, parts: Sequence[HubPart]) -> None:
        self._parts = parts

    def load(self, user_ids: list[int]) -> list[Loaded]:
        """One `Loaded` for each user, in order."""
        everybody = set(user_ids)
        memberships = Membership.of_each(everybody)
        removed: dict[int, set[int]] = defaultdict(set)
        for membership in Membership.removals(everybody):
            removed[membership.user_id].add(membership.room_id)
        by_part = [part.load(memberships) for part in self._parts]
        return [Loaded(memberships[pk], removed[pk], [loaded.get(pk) for loaded in by_part]) for pk in user_ids]
