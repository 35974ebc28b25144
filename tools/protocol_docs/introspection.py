"""Fields of the protocol's schemas, which are pydantic models or typed dicts."""

import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, NotRequired, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from typing_extensions import Doc, get_type_hints, is_typeddict

FIRST = ("type", "id")


@dataclass(frozen=True, slots=True)
class Field:
    """A field: `annotation` without its metadata, which is in `metadata`."""

    name: str
    annotation: object
    metadata: tuple[object, ...]
    required: bool

    @property
    def doc(self) -> str:
        """Meaning of the field; empty if its name says it."""
        return next((item.documentation for item in reversed(self.metadata) if isinstance(item, Doc)), "")


def fields_of(schema: type) -> list[Field]:
    """Fields in the order of declaration, but `type` and `id` first."""
    return sorted(_fields(schema), key=lambda field: FIRST.index(field.name) if field.name in FIRST else len(FIRST))


def _fields(schema: type) -> Iterator[Field]:
    hints = get_type_hints(schema, include_extras=True)
    for name, hint in hints.items():
        if issubclass(schema, BaseModel):
            if name in schema.model_fields:
                yield Field(name, *unwrap(hint), required=schema.model_fields[name].is_required())
        else:
            yield Field(name, *unwrap(hint), required=name in required_keys(schema))


def required_keys(schema: type) -> frozenset[str]:
    keys: frozenset[str] = getattr(schema, "__required_keys__", frozenset())
    return keys


def unwrap(hint: object) -> tuple[object, tuple[object, ...]]:
    """A type without `Annotated` and `NotRequired`, and its metadata, that of `Field(…)` taken apart."""
    if get_origin(hint) is NotRequired:
        return unwrap(get_args(hint)[0])
    if get_origin(hint) is not Annotated:
        return hint, ()
    inner, *items = get_args(hint)
    annotation, metadata = unwrap(inner)
    apart = [part for item in items for part in (item.metadata if isinstance(item, FieldInfo) else [item])]
    return annotation, (*metadata, *apart)


def members(annotation: object) -> tuple[object, ...]:
    """Members of a union, or the type itself."""
    is_union = get_origin(annotation) in (Union, types.UnionType)
    return get_args(annotation) if is_union else (annotation,)


def is_object(annotation: object) -> bool:
    """Whether it is the schema of an object with known fields."""
    return is_typeddict(annotation)


def sentences(schema: type) -> str:
    """The docstring, its paragraphs on a line each."""
    paragraphs = (schema.__doc__ or "").strip().split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
