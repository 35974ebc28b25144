"""The shapes in which programs get people."""

from common.api.schemas import Shape


class Person(Shape):
    """A user as others see them, everywhere."""

    id: int
    name: str
