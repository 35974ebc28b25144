"""Tables and examples of docs/protocol.md: made from the schemas and put between the page's markers."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, get_args, get_origin
from uuid import UUID

from annotated_types import Ge, Le, MaxLen
from pydantic import AfterValidator

from rooms.protocol.client_frames import ReadingFrame
from rooms.protocol.schemas import check_timestamp, check_uuid, types_of

from . import examples
from .catalog import CLIENT_FRAMES, OBJECTS, SERVER_FRAMES
from .introspection import Field, fields_of, is_object, members, sentences, unwrap

PAGE = Path(__file__).resolve().parents[2] / "docs" / "protocol.md"
MARKERS = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
TYPES = {int: "integer", float: "number", str: "string", bool: "boolean", UUID: "UUID", type(None): "null"}
MAX_EXACT_INTEGER = 2**53  # limits beyond are those of the number types, and go without saying
VALIDATED: dict[object, str] = {check_timestamp: "timestamp", check_uuid: "UUID"}


def render(page: str) -> str:
    """The page with its generated parts made anew."""
    parts = {
        "client_frames": frame_sections(CLIENT_FRAMES, examples.CLIENT_FRAMES),
        "server_frames": frame_sections(SERVER_FRAMES, examples.SERVER_FRAMES),
        "objects": object_sections(OBJECTS),
    }
    return MARKERS.sub(lambda found: f"{found[1]}\n{parts[found[2]]}\n\n{found[3]}", page)


def frame_sections(schemas: Iterable[type], shown: Iterable[dict[str, object]]) -> str:
    by_type = {str(example["type"]): example for example in shown}
    return "\n\n".join(section(f"`{name}`", schema, by_type[name]) for schema in schemas for name in types_of(schema))


def object_sections(schemas: Iterable[type]) -> str:
    return "\n\n".join(section(schema.__name__, schema, examples.OBJECTS.get(schema.__name__)) for schema in schemas)


def section(title: str, schema: type, example: dict[str, object] | None) -> str:
    """Heading, description, table of fields, example."""
    parts = [f"#### {title}", sentences(schema)]
    if rows := [row(field) for field in fields_of(schema) if field.name != "type"]:
        parts.append("\n".join(["| field | type | meaning |", "|---|---|---|", *rows]))
    if issubclass(schema, ReadingFrame):
        parts.append("A token that may only read may send it.")
    if example is not None:
        parts.append(f"```json\n{json.dumps(example, ensure_ascii=False)}\n```")
    return "\n\n".join(parts)


def row(field: Field) -> str:
    kind = type_name(field.annotation, field.metadata, nullable=field.required)
    kind = kind if field.required else f"{kind}, optional"
    return f"| `{field.name}` | {kind} | {field.doc or '–'} |"


def type_name(annotation: object, metadata: tuple[object, ...] = (), nullable: bool = True) -> str:
    """A type in words, with its limits; optional fields need not tell that they may be null too."""
    names = [single_name(member, metadata) for member in members(annotation) if nullable or member is not type(None)]
    names = ["number"] if set(names) == {"integer", "number"} else names
    return " or ".join(names)


def single_name(annotation: object, metadata: tuple[object, ...]) -> str:
    annotation, own = unwrap(annotation)
    metadata = (*metadata, *own)
    for item in metadata:
        if isinstance(item, AfterValidator) and annotation is str:
            return VALIDATED[item.func]
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{json.dumps(value)}`" for value in get_args(annotation))
    if get_origin(annotation) is list:
        return f"array of {type_name(*unwrap(get_args(annotation)[0]))}"
    if get_origin(annotation) is dict:
        return f"object{limits(metadata)}"
    if is_object(annotation):
        return str(getattr(annotation, "__name__", ""))
    if len(members(annotation)) > 1:
        return type_name(annotation)
    return TYPES[annotation] + limits(metadata)  # type: ignore[index]


def limits(metadata: tuple[object, ...]) -> str:
    """Greatest length, or range, in words; empty without one."""
    for item in metadata:
        if isinstance(item, MaxLen):
            return f" (at most {item.max_length:,})"
    least = [item.ge for item in metadata if isinstance(item, Ge)]
    most = [item.le for item in metadata if isinstance(item, Le)]
    if least and most and isinstance(most[0], int) and most[0] < MAX_EXACT_INTEGER:
        return f" ({least[0]}–{most[0]:,})"
    return ""
