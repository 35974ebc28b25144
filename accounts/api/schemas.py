"""The schema of a user in REST responses."""

from common.api.schemas import Shape


class Person(Shape):
    """A user as others see them."""

    id: int
    name: str
