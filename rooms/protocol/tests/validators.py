"""Strict validators made from the protocol's schemas: a field too many, too few or mistyped is an error."""

import operator
from functools import reduce
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter

from rooms.protocol.bus_events import BusEvent
from tools.protocol_docs import catalog

STRICT = ConfigDict(strict=True, extra="forbid")


def one_of(schemas: tuple[type, ...]) -> TypeAdapter[Any]:
    """Return a validator of frames, discriminated by `type`."""
    union = reduce(operator.or_, schemas)
    return TypeAdapter(Annotated[union, Field(discriminator="type")], config=STRICT)


SERVER_FRAMES = one_of(catalog.SERVER_FRAMES)
# Of lists, for a configuration goes only with a type that can have none of its own.
LISTS: dict[str, TypeAdapter[Any]] = {
    schema.__name__: TypeAdapter(list[schema], config=STRICT) for schema in catalog.OBJECTS
}
BUS_EVENTS: TypeAdapter[Any] = TypeAdapter(Annotated[BusEvent, Field(discriminator="type")], config=STRICT)
