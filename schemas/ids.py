"""What an id may be made of, what is cleaned of one, and when two of them are one: e-mail addresses and UUIDs in any
case, Shopify's global ids of customers.

Control characters would travel into Kafka keys, headers and log lines; what nobody sees, and blanks around an id, make
two ids look like one.
"""

import hashlib
import re
from decimal import Decimal
from typing import Final
from unicodedata import is_normalized, normalize

from schemas.base import ID_CHARS_MAX

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Bidirectional overrides, and what has no width.
_UNSEEN = re.compile("[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_MAIL = re.compile(r"\s*[^@\s]+@[^@\s]+\.[^@\s]+\s*")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_UUID_CHARS: Final = 36

_GLOBAL: Final = "gid://"
_GLOBAL_CUSTOMER = re.compile(r"gid://[^/]+/Customer/(?=.)")
"""What Shopify's pages write in front of the id by which its hooks call a customer."""

NO_IDS = frozenset(
    {
        *("null", "NULL", "Null", "(null)", "<null>", "undefined", "UNDEFINED", "Undefined", "nil", "<nil>"),
        *("nan", "NaN", "none", "NONE", "None", "(none)", "n/a", "N/A", "#N/A", "(not set)", "\\N"),
        *("[object Object]", "[object Undefined]", "[object Null]", "00000000-0000-0000-0000-000000000000"),
        *("unknown", "Unknown", "UNKNOWN", "not set", "-", "--", "[]", "{}"),
    }
)
"""What programs write where they have no id. As an event's it would make repeats of all events but the first, as an
order's of all orders, as a cart's one cart of all. Looked for in each record, so spelling by spelling."""

NO_CART_IDS = NO_IDS | {"0"}
"""The same for carts: shops number them from 1, and say 0 where there is none. Everybody would hold that one, and the
first order that names it would end everybody's."""

PLACEHOLDERS = r"\{\{.*\}\}|\{%.*%\}|\$\{.*\}"
"""What templates have where an id is to be filled in, as a pattern."""

_UNFILLED = re.compile(PLACEHOLDERS, re.DOTALL)

_STAND_IN: Final = "\x01"


def is_clean(id_: str) -> bool:
    """Whether an id is in NFC, and has nothing around it or in it that nobody sees."""
    is_seen = _CONTROL.search(id_) is None and _UNSEEN.search(id_) is None
    return is_seen and id_ == id_.strip() and is_normalized("NFC", id_)


def names_nothing(id_: str) -> bool:
    """Whether an id says that there is none: by a word for it, or as a template's placeholder that nobody has filled
    in."""
    return id_ in NO_IDS or ("{" in id_ and _UNFILLED.fullmatch(id_) is not None)


def cleaned(id_: str) -> str:
    """The id in NFC, without what nobody sees and without outer blanks. Perhaps nothing is left."""
    seen = _UNSEEN.sub("", _CONTROL.sub("", normalize("NFC", id_)))
    return normalize("NFC", seen).strip()


def digest_of(said: bytes) -> str:
    """What stands for an id that is too long to be one, or for that of a record that has none: always the same."""
    return hashlib.sha256(said).hexdigest()


def folded(owner: str) -> str:
    """The id of a visitor as it is kept: an e-mail address in lower case and without outer blanks, since it is one
    mailbox however it is written; anything else as it is, also a UUID: its spelling is the key of a visitor's clicks,
    and so the place where all that is told of the visitor has to come."""
    return owner.strip().lower() if "@" in owner and _MAIL.fullmatch(owner) else owner


def may_be_folded(customer: str) -> bool:
    """Whether the id of a customer, which is no e-mail address, may be kept as another one."""
    return (len(customer) == _UUID_CHARS and not customer.islower()) or customer.startswith(_GLOBAL)


def folded_customer(customer: str) -> str:
    """The id of a customer as it is kept: as `folded`, and a UUID in lower case, as its standard has it; of Shopify's
    global ids the last part. What is told of a customer is sent on, and finds its place by the id that is kept."""
    if customer.startswith(_GLOBAL):
        return _GLOBAL_CUSTOMER.sub("", customer, count=1)
    return customer.lower() if len(customer) == _UUID_CHARS and _UUID.fullmatch(customer) else folded(customer)


def text_of(number: int | Decimal) -> str | None:
    """The id that a JSON number says: its decimal text, a whole number without a point; None of one that is too
    long."""
    if isinstance(number, int):
        return str(number)
    if not number.is_finite() or abs(number.adjusted()) > ID_CHARS_MAX or len(number.as_tuple().digits) > ID_CHARS_MAX:
        return None
    return str(int(number)) if number == number.to_integral_value() else format(number, "f")


def stand_in(customer: str) -> str:
    """The visitor under whom visits of a customer are kept that name no visitor. No record can name this one: an id
    has no control characters."""
    return _STAND_IN + customer


def is_stand_in(visitor: str) -> bool:
    """Whether it is nobody's device, but stands for a customer's clicks that name none."""
    return visitor.startswith(_STAND_IN)
