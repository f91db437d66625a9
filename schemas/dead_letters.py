"""A record that could not be used: what it was, where it lay, and why it was put aside."""

from enum import StrEnum

from schemas.base import Wire

RAW_BYTES_MAX = 64 * 1024


class Rejection(StrEnum):
    """Why a record was quarantined. A closed set, and a label in the metrics."""

    EMPTY = "empty"
    WRONG_FORMAT = "wrong_format"  # gzip, Avro, pickle: whatever is no JSON text by its first bytes
    NOT_OBJECT = "not_object"
    MALFORMED = "malformed"
    TOO_DEEP = "too_deep"
    ENCODING = "encoding"
    DUPLICATE_KEY = "duplicate_key"  # the same name twice, with different values
    AMBIGUOUS = "ambiguous"  # one field under two spellings
    VERSION = "version"
    MISSING = "missing"
    TYPE = "type"
    TIME = "time"
    NUMBER = "number"
    BAD_ID = "bad_id"
    CONTROL_CHAR = "control_char"
    CURRENCY = "currency"
    TOO_LARGE = "too_large"
    FUTURE = "future"
    KEY_MISMATCH = "key_mismatch"
    INVALID = "invalid"
    UNDELIVERABLE = "undeliverable"  # the dispatcher gave up
    PUT_ASIDE = "put_aside"  # no record of a source: a person's state that became too large to be written


class Oddity(StrEnum):
    """What was odd about a record that was not put aside. A closed set, and a label in the metrics."""

    TOMBSTONE = "tombstone"  # ignored: no value on a topic that is not compacted
    UNKNOWN_TYPE = "unknown_type"  # ignored
    UNKNOWN_FIELD = "unknown_field"  # applied without it
    BYTE_ORDER_MARK = "byte_order_mark"  # applied without it
    TOTAL_MISMATCH = "total_mismatch"  # applied: an order's total is not the sum of its lines
    TOO_OLD = "too_old"  # late, and without any effect
    HOT_KEY = "hot_key"  # applied: more clicks of one visitor in one moment than anybody makes
    PUT_ASIDE = "put_aside"  # ignored: the person was put aside, since the record became too large
    SIMILAR_ID = "similar_id"  # applied as somebody else: only case or outer spaces differ from a known visitor


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
