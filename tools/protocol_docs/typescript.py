"""Types of the page's scripts, made from the schemas: static/js/transport/frames.d.ts."""

import json
from collections.abc import Iterable
from pathlib import Path
from textwrap import fill
from typing import Literal, get_args, get_origin
from uuid import UUID

from accounts.schemas import Person
from rooms.moderation.schemas import BannedMember, ModerationAction
from rooms.protocol.schemas import AnyRoomCard, ReadState
from rooms.unread.schemas import UnreadState

from .catalog import CLIENT_FRAMES, OBJECTS, REPLY_DATA, SERVER_FRAMES
from .introspection import Field, fields_of, is_object, members, sentences, unwrap

FILE = Path(__file__).resolve().parents[2] / "static" / "js" / "transport" / "frames.d.ts"
LINE_CHARACTERS = 120
HEAD = "/** Frames of the chat protocol (docs/protocol.md). Made by `make protocol` from the server's schemas. */"
TYPES = {int: "number", float: "number", str: "string", bool: "boolean", UUID: "string", type(None): "null"}
NAMES = {Person: "User"}
ALIASES = {"RoomCard": AnyRoomCard, "ModerationAction": ModerationAction}
INNER_OBJECTS = (ReadState, UnreadState, BannedMember)
# Of the many shapes of a reply's data, the page's scripts read these.
SPECIAL = {("ReplyFrame", "data"): "ReplyData"}
BY_TYPE = """export type ServerFrameType = ServerFrame["type"];

/** The server frame of a type: `ServerFrameOf<"ack">` is `AckFrame`. */
export type ServerFrameOf<Type extends ServerFrameType> = Extract<ServerFrame, { type: Type }>;"""


def render() -> str:
    """The whole file."""
    objects = [interface(schema) for schema in (*OBJECTS, *INNER_OBJECTS, *REPLY_DATA)]
    aliases = [f"export type {name} = {union(get_args(annotation))};" for name, annotation in ALIASES.items()]
    data = " & ".join(schema.__name__ for schema in REPLY_DATA)
    parts = [
        HEAD,
        *objects,
        *aliases,
        f"export type ReplyData = Partial<{data}>;",
        *(interface(schema) for schema in SERVER_FRAMES),
        frame_union("ServerFrame", SERVER_FRAMES),
        BY_TYPE,
        *(interface(schema) for schema in CLIENT_FRAMES),
        frame_union("ClientFrame", CLIENT_FRAMES),
    ]
    return "\n\n".join(parts) + "\n"


def interface(schema: type) -> str:
    """One line where it fits, else one line a field."""
    description = sentences(schema).split("\n\n")[0]
    fields = [declaration(schema, field) for field in fields_of(schema)]
    head = f"/** {description} */\nexport interface {name_of(schema)}"
    short = f"export interface {name_of(schema)} {{ {' '.join(fields)} }}"
    if len(short) <= LINE_CHARACTERS:
        return f"/** {description} */\n{short}"
    return "\n".join([f"{head} {{", *(f"  {field}" for field in fields), "}"])


def declaration(schema: type, field: Field) -> str:
    kind = SPECIAL.get((schema.__name__, field.name)) or type_name(field.annotation)
    return f"{field.name}{'' if field.required else '?'}: {kind};"


def type_name(annotation: object) -> str:
    annotation, _metadata = unwrap(annotation)
    for alias, meaning in ALIASES.items():
        if annotation == meaning:
            return alias
    return union(members(annotation))


def union(annotations: Iterable[object]) -> str:
    """Each member once: integers and floats are one type."""
    return " | ".join(dict.fromkeys(single_name(annotation) for annotation in annotations))


def single_name(annotation: object) -> str:
    annotation, _metadata = unwrap(annotation)
    arguments = get_args(annotation)
    if isinstance(annotation, str):
        return json.dumps(annotation)  # a value of a `Literal`
    if get_origin(annotation) is Literal:
        return union(arguments)
    if get_origin(annotation) is list:
        item = type_name(arguments[0])
        return f"({item})[]" if " " in item else f"{item}[]"
    if get_origin(annotation) is dict:
        value = "unknown" if arguments[1] is object else type_name(arguments[1])
        return f"Record<{type_name(arguments[0])}, {value}>"
    return name_of(annotation) if is_object(annotation) else TYPES[annotation]  # type: ignore[index]


def name_of(schema: object) -> str:
    return NAMES.get(schema) or str(getattr(schema, "__name__", ""))  # type: ignore[call-overload]


def frame_union(name: str, schemas: Iterable[type]) -> str:
    members_text = fill(" | ".join(map(name_of, schemas)), LINE_CHARACTERS, initial_indent="  ", subsequent_indent="  ")
    return f"export type {name} =\n{members_text};"
