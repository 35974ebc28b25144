"""What all shapes of the REST interface have in common."""

from typing import Annotated

from ninja import Field, Schema
from pydantic import BeforeValidator, ConfigDict, WithJsonSchema

MOST = 2**63 - 1
DIGITS = len(str(MOST))


class Shape(Schema):
    """Something the server tells."""


class Body(Schema):
    """Something a caller sends: unknown fields are mistakes, and told."""

    model_config = ConfigDict(extra="forbid")


def whole(value):
    """Strings of digits count as numbers; nothing else is made into one."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= DIGITS:
        return int(value)
    return value


Whole = Annotated[int, BeforeValidator(whole), Field(strict=True, ge=0, le=MOST)]
# In a path or a query everything is a string.
Id = Annotated[Whole, WithJsonSchema({"type": "integer", "minimum": 0, "maximum": MOST})]
# In a body an id may be either.
BodyId = Annotated[
    Whole,
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 0, "maximum": MOST}, {"type": "string", "pattern": "^[0-9]{1,18}$"}]}
    ),
]
