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
    VERSION = "version"
    MISSING = "missing"
    TYPE = "type"
    TIME = "time"
    NUMBER = "number"
    BAD_ID = "bad_id"
    TOO_LARGE = "too_large"
    FUTURE = "future"
    KEY_MISMATCH = "key_mismatch"
    INVALID = "invalid"
    UNDELIVERABLE = "undeliverable"  # the dispatcher gave up
    PUT_ASIDE = "put_aside"  # no record of a source: a person's state that became too large to be written


class Oddity(StrEnum):
    """What was odd about a record that was not put aside. A closed set, and a label in the metrics."""

    __hash__ = str.__hash__  # an Enum's own is a Python function

    TOMBSTONE = "tombstone"  # ignored: no value on a topic that is not compacted
    UNKNOWN_TYPE = "unknown_type"  # ignored
    BOT = "bot"  # ignored: the click of a known bot
    MACHINE = "machine"  # ignored: what a machine has done with a message, or agreed to
    EXCLUDED = "excluded"  # ignored: of somebody whom the shop does not count, or an order that says `test: true`
    UNKNOWN_FIELD = "unknown_field"  # applied without it
    BYTE_ORDER_MARK = "byte_order_mark"  # applied without it
    TOTAL_MISMATCH = "total_mismatch"  # applied: an order's total is not the sum of its lines
    AMOUNT_ROUNDED = "amount_rounded"  # applied: an amount finer than its currency, rounded half to even
    AMOUNT_DROPPED = "amount_dropped"  # applied: an amount or its currency cannot be used, and is unknown
    CURRENCY_FOLDED = "currency_folded"  # applied: a currency in lower case, or with blanks around it
    QUANTITY_TEXT = "quantity_text"  # applied: a quantity stands in a text
    QUANTITY_ROUNDED = "quantity_rounded"  # applied: a quantity with more than three decimals
    ADJUSTMENT_LINE = "adjustment_line"  # applied: a line below zero is no product, and counts for the total only
    LINES_CUT = "lines_cut"  # applied: of more lines than are taken, the first
    LINE_DROPPED = "line_dropped"  # applied: a line without a product, or with an id that is none
    ID_CLEANED = "id_cleaned"  # applied: an id lost its outer blanks and the characters that nobody sees
    ID_DERIVED = "id_derived"  # applied: a digest stands for an id that is too long, or for that of a wish without one
    CART_UNKNOWN = "cart_unknown"  # applied as a sign of life: a whole cart that cannot be read changes no cart
    PAYMENT_SYNONYM = "payment_synonym"  # applied: the payment's state in another word than ours
    PAYMENT_UNKNOWN = (
        "payment_unknown"  # applied as if none was told: the payment's state in a word that we do not know
    )
    TYPE_SYNONYM = "type_synonym"  # applied: a wish to hear nothing, or to be forgotten, in another word than ours
    FIELD_DROPPED = "field_dropped"  # applied: a field that nobody needs was wrong, and dropped or cut
    OWNER_DROPPED = "owner_dropped"  # applied for the other: one of customer and visitor is nobody
    CLOCK_CORRECTED = "clock_corrected"  # applied: the device's clock is wrong, and sent_at says by how much
    TOO_OLD = "too_old"  # late, and without any effect
    HOT_KEY = "hot_key"  # applied: more clicks of one visitor in one moment than anybody makes
    PUT_ASIDE = "put_aside"  # ignored: the person was put aside, since the record became too large
    FOREIGN_PARTITION = "foreign_partition"  # applied: not where `clickstream_partitioner` puts the visitor
    SIMILAR_ID = "similar_id"  # applied as somebody else: only case differs from a known visitor


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
