"""Keys of rows, as people can write them into addresses. Importing it makes `<key:…>` known to paths."""

from django.urls import register_converter
from django.urls.converters import IntConverter, get_converters

from common.api.schemas import DIGITS, MOST


class Key(IntConverter):
    """A number that a database can hold; an address with a greater one is not there."""

    regex = rf"[0-9]{{1,{DIGITS}}}"

    def to_python(self, value):
        key = super().to_python(value)
        if key > MOST:
            raise ValueError(value)
        return key


if "key" not in get_converters():  # both apps' URLconfs import this module
    register_converter(Key, "key")
