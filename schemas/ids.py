"""What an id may be made of, what is cleaned of one, and when two of them are one: e-mail addresses in any case.

Control characters would travel into Kafka keys, headers and log lines; what nobody sees makes two ids look like one.
"""

import re
from decimal import Decimal
from unicodedata import is_normalized, normalize

from schemas.base import ID_CHARS_MAX
from schemas.dead_letters import Rejection

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Bidirectional overrides, and what has no width.
_UNSEEN = re.compile("[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_MAIL = re.compile(r"\s*[^@\s]+@[^@\s]+\.[^@\s]+\s*")

_STAND_IN = "\x01"


def flaw_of(id_: str) -> Rejection | None:
    """Why a text is no id that can be kept as it stands; None of a good one."""
    if not 0 < len(id_) <= ID_CHARS_MAX:
        return Rejection.BAD_ID
    if _CONTROL.search(id_):
        return Rejection.CONTROL_CHAR
    return Rejection.BAD_ID if not is_normalized("NFC", id_) or _UNSEEN.search(id_) else None


def cleaned(id_: str) -> str:
    """The id in NFC, without what nobody sees. Perhaps nothing is left."""
    seen = _UNSEEN.sub("", _CONTROL.sub("", normalize("NFC", id_)))
    return normalize("NFC", seen)


def folded(owner: str) -> str:
    """The id of a customer or a visitor as it is kept: an e-mail address in lower case and without outer blanks, since
    it is one mailbox however it is written; anything else as it is."""
    return owner.strip().lower() if "@" in owner and _MAIL.fullmatch(owner) else owner


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
