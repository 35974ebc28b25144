"""URL converter for primary keys. Importing this module registers `<key:…>`."""

from django.urls import register_converter
from django.urls.converters import IntConverter, get_converters

from common.api.schemas import MAX_ID, MAX_ID_DIGITS


class KeyConverter(IntConverter):
    """A number that fits a BIGINT primary key; a URL with a greater one does not match."""

    regex = rf"[0-9]{{1,{MAX_ID_DIGITS}}}"

    def to_python(self, value: str) -> int:
        """Return the key; raises ValueError, which Django turns into 404, if it is too great."""
        key = super().to_python(value)
        if key > MAX_ID:
            raise ValueError(value)
        return key


if "key" not in get_converters():  # both apps' URLconfs import this module
    register_converter(KeyConverter, "key")
