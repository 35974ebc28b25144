"""The shapes in which programs get people."""

from common.api.schemas import ResponseSchema


class Person(ResponseSchema):
    """A user as others see them, everywhere."""

    id: int
    name: str
