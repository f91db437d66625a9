"""A record that could not be used: what it was, where it lay, and why it was put aside."""

from enum import StrEnum

from schemas.base import Wire

RAW_BYTES_MAX = 64 * 1024


class Rejection(StrEnum):
    """Why a record was quarantined. A closed set, and a label in the metrics."""

    EMPTY = "empty"
    NOT_OBJECT = "not_object"
    MALFORMED = "malformed"
    ENCODING = "encoding"
    MISSING = "missing"
    TYPE = "type"
    TIME = "time"
    NUMBER = "number"
    BAD_ID = "bad_id"
    CURRENCY = "currency"
    TOO_LARGE = "too_large"
    FUTURE = "future"
    KEY_MISMATCH = "key_mismatch"
    INVALID = "invalid"
    UNDELIVERABLE = "undeliverable"  # the dispatcher gave up


class DeadLetter(Wire):
    """`raw` holds the first 64 KB in base64, `sha256` the digest of the whole value. No customer data in headers."""

    reason: Rejection
    detail: str
    stage: str
    topic: str
    partition: int
    offset: int
    size: int
    sha256: str
    raw: str
