"""Why a record cannot be used: the first mistake in it, in our closed set. The slow path: only bad records take it."""

import re
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from schemas.outcomes.dead_letters import Rejection

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

# Confluent's framing of Avro, Protobuf and JSON Schema begins with a zero byte; so does UTF-16, of which the next byte
# is none.
_FORMATS = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"\x04\x22\x4d\x18": "LZ4",
    b"\x82SNAPPY\x00": "Snappy",
    b"\xff\x06\x00\x00sNaPpY": "Snappy",
    b"BZh": "bzip2",
    b"PK\x03\x04": "zip",
    b"Obj\x01": "an Avro file",
    b"PAR1": "Parquet",
    b"\x80\x02": "pickle",
    b"\x80\x03": "pickle",
    b"\x80\x04": "pickle",
    b"\x80\x05": "pickle",
    b"\x00": "framed by a schema registry",
}
_UTF16_OR_32 = re.compile(rb"\xff\xfe|\xfe\xff|\x00\x00\xfe\xff|\x00[^\x00]\x00|[^\x00]\x00")
_LONE_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_IDS = re.compile(r"(event|visitor|customer|product|cart|order|trigger)_id\Z")
BLESSING = "__faust"
"""The name by which Faust tells what an object is to be made into."""


@dataclass(slots=True, frozen=True)
class Rejected:
    """A record that cannot be used. `detail` names the field and the rule, and never quotes the content."""

    reason: Rejection
    detail: str


NOTHING_THERE = Rejected(Rejection.EMPTY, "the record is empty")
TOO_DEEP = Rejected(Rejection.TOO_DEEP, "the record holds more than 200 lists or objects in one another")
BLESSED = Rejected(Rejection.WRONG_FORMAT, "blessed by Faust")


@dataclass(slots=True, frozen=True)
class Unknown:
    """A well-formed record of a type that this version does not know: ignored and counted."""


_REASONS: dict[str, Rejection] = {
    "missing": Rejection.MISSING,
    "union_tag_not_found": Rejection.MISSING,
    "model_type": Rejection.NOT_OBJECT,
    "model_attributes_type": Rejection.NOT_OBJECT,
    "dict_type": Rejection.NOT_OBJECT,
    "string_too_short": Rejection.BAD_ID,
    "string_too_long": Rejection.TOO_LARGE,
    "too_long": Rejection.TOO_LARGE,
    "string_unicode": Rejection.ENCODING,
    "finite_number": Rejection.NUMBER,
    "greater_than": Rejection.NUMBER,
    "greater_than_equal": Rejection.NUMBER,
    "less_than_equal": Rejection.NUMBER,
    "negative": Rejection.NUMBER,
    "int_parsing_size": Rejection.NUMBER,
    "decimal_parsing": Rejection.TYPE,
}


def why_not(value: bytes, error: ValidationError) -> Rejected | Unknown:
    """The reason behind pydantic's refusal of `value`."""
    if not value.strip():
        return NOTHING_THERE
    mistakes: list[Any] = error.errors(include_url=False)
    if mistakes[0]["type"] == "json_invalid":
        return unreadable(value, str(mistakes[0]["ctx"]["error"]))
    if all(mistake["type"] == "enum" and mistake["loc"] == ("type",) for mistake in mistakes):
        return Unknown()
    return BLESSED if f'"{BLESSING}"'.encode() in value else _mistaken(mistakes[0])


def mistake_of(error: ValidationError) -> Rejected:
    """The first mistake that the contract finds in an object."""
    return _mistaken(error.errors(include_url=False)[0])


def _mistaken(mistake: Any) -> Rejected:
    kind, path = mistake["type"], mistake["loc"]
    field = ".".join(map(str, path))
    name = path[-1] if path else ""
    return Rejected(_reason(kind, str(name), mistake["input"]), f"{field}: {kind}" if field else kind)


def _reason(kind: str, name: str, given: object) -> Rejection:
    if given is None and name:
        return Rejection.MISSING
    if kind == "string_too_long" and _IDS.match(name):
        return Rejection.BAD_ID
    return _REASONS.get(kind, Rejection.TYPE if kind.endswith("_type") else Rejection.INVALID)


def unreadable(value: bytes, complaint: str = "") -> Rejected:
    """Not JSON: which of the many ways not to be. `complaint` is pydantic's, and is not passed on."""
    if _UTF16_OR_32.match(value):
        return Rejected(Rejection.ENCODING, "the record is UTF-16 or UTF-32, and has to be UTF-8")
    for beginning, format_ in _FORMATS.items():
        if value.startswith(beginning):
            return Rejected(Rejection.WRONG_FORMAT, f"the record is {format_}, and has to be JSON")
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return Rejected(Rejection.ENCODING, "the record is not UTF-8")
    if complaint.startswith("recursion limit"):
        return TOO_DEEP
    if complaint.startswith("number out of range"):
        return Rejected(Rejection.NUMBER, "a number has more than 4300 digits")
    if ("surrogate" in complaint or "hex escape" in complaint) and _LONE_SURROGATE.search(value):
        return Rejected(Rejection.ENCODING, "a lone surrogate is no character")
    return Rejected(Rejection.MALFORMED, "the record is not one JSON document")
