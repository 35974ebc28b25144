"""The shapes in which programs get people."""

from chatsite.shapes import Shape


class Person(Shape):
    """A user as others see them, everywhere."""

    id: int
    name: str
