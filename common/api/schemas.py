"""Base schemas and field types of the REST API."""

from typing import Annotated

from ninja import Field, Schema
from pydantic import BeforeValidator, ConfigDict, WithJsonSchema

MAX_ID = 2**63 - 1  # of a BIGINT primary key
MAX_ID_DIGITS = len(str(MAX_ID))


class ResponseSchema(Schema):
    """Base of the schemas that the server sends."""


class RequestSchema(Schema):
    """Base of the schemas that clients send; unknown fields are errors."""

    model_config = ConfigDict(extra="forbid")


def digits_to_int(value: object) -> object:
    """Convert a string of digits to int; return any other value unchanged."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= MAX_ID_DIGITS:
        return int(value)
    return value


IdNumber = Annotated[int, BeforeValidator(digits_to_int), Field(strict=True, ge=0, le=MAX_ID)]
# An id in a path or query, where everything is a string.
Id = Annotated[IdNumber, WithJsonSchema({"type": "integer", "minimum": 0, "maximum": MAX_ID})]
# An id in a body, which may be a number or a string.
BodyId = Annotated[
    IdNumber,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": MAX_ID},
                {"type": "string", "pattern": "^[0-9]{1,18}$"},
            ]
        }
    ),
]
