"""Schemas of people, in REST answers and in the chat's frames."""

from typing_extensions import TypedDict


class Person(TypedDict):
    """A user as others see them, everywhere."""

    id: int
    name: str
