"""What the ids of a record say: numbers as their texts, cleaned of what nobody sees, and never too long.

The same reading everywhere: an id that one producer exports with a line break behind it meets the one that another
writes without.
"""

from decimal import Decimal

from schemas.base import ID_CHARS_MAX
from schemas.ids import NO_CART_IDS, cleaned, digest_of, folded, folded_customer, names_nothing, text_of
from schemas.mending.values import ABSENT, Read, dropped, is_number
from schemas.outcomes.dead_letters import Oddity, Rejection
from schemas.reading.json_text import is_text


def read_id(value: object) -> Read:
    """An id without which the record says nothing, or that has to be the same wherever it is told. Of one that is too
    long a digest is kept: what is told of it still meets."""
    read = _cleaned(value)
    if read.said is None or len(read.said) <= ID_CHARS_MAX:
        return read
    return Read(digest_of(read.said.encode()), Oddity.ID_DERIVED)


def read_customer(value: object) -> Read:
    """The id of a customer. An empty one is none, and nothing odd."""
    read = read_visitor(value)
    return read if read.said is None else read._replace(said=folded_customer(read.said))


def read_visitor(value: object) -> Read:
    """The id of a visitor, as `read_customer`."""
    if isinstance(value, str) and not value.strip():
        return Read(None, None, Rejection.BAD_ID)
    read = read_id(value)
    return read if read.said is None else read._replace(said=folded(read.said))


def read_order_id(value: object) -> Read:
    """The order that a click tells of: read as the order's own record reads it. An empty one is none, and one that only
    says that there is none is dropped: the purchase stands for itself."""
    if isinstance(value, str) and not value.strip():
        return ABSENT
    read = read_id(value)
    return dropped(Rejection.BAD_ID) if read.said is not None and names_nothing(read.said) else read


def read_detail_id(value: object) -> Read:
    """An id without which the record still says something. One that is too long says nothing, nor does one that says
    that there is none."""
    if isinstance(value, str) and not value.strip():
        return ABSENT
    read = _cleaned(value)
    if read.said is not None and (len(read.said) > ID_CHARS_MAX or names_nothing(read.said)):
        return dropped(Rejection.BAD_ID)
    return read


def read_cart_id(value: object) -> Read:
    """The id of a cart or a checkout, as `read_detail_id`; there is no cart 0."""
    read = read_detail_id(value)
    return dropped(Rejection.BAD_ID) if read.said in NO_CART_IDS else read


def _cleaned(value: object) -> Read:
    """Of any length, and of something."""
    if value is None:
        return ABSENT
    id_ = text_of(value) if isinstance(value, int | Decimal) and is_number(value) else value
    if id_ is None:
        return dropped(Rejection.BAD_ID)
    if not isinstance(id_, str):
        return dropped(Rejection.TYPE)
    if not is_text(id_):
        return dropped(Rejection.ENCODING)
    clean = cleaned(id_)
    if not clean:
        return dropped(Rejection.BAD_ID)
    return Read(clean, None if clean == id_ else Oddity.ID_CLEANED)
