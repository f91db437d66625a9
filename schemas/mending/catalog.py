"""Records of the catalogue as they are read: only a product's own id can refuse one.

A catalogue is no hot path: its records are all mended, good ones to themselves.
"""

from pydantic import ValidationError

from schemas.events.catalog import CYCLE_DAYS_MAX, SUBSTITUTES_MAX, CatalogRecord
from schemas.mending.identity import Refusal, fields_of, identify
from schemas.mending.ids import read_detail_id
from schemas.mending.lines import Json, kept, pieces_in, read_money
from schemas.mending.names import Odd, shape
from schemas.mending.records import Mended
from schemas.mending.values import (
    ABSENT,
    Read,
    dropped,
    read_amount,
    read_currency,
    read_instant,
    read_quantity,
    read_several,
    read_text,
    read_version,
    word_of,
)
from schemas.mending.words import read_flag
from schemas.outcomes.dead_letters import Oddity, Rejection
from schemas.reading.refusals import Rejected, mistake_of

PUBLISHED: dict[str, bool] = {
    **dict.fromkeys(("active", "publish", "published", "enabled", "visible"), True),
    **dict.fromkeys(("draft", "private", "archived", "unpublished", "disabled", "hidden", "inactive", "trash"), False),
}
"""How shops call a product that is on the shop, and one that is not, in any case."""


def read_published(value: object) -> Read:
    """Whether a product is on the shop: yes or no, or the state in which shops say that it is."""
    known = PUBLISHED.get(word_of(value))
    return read_flag(value) if known is None else Read(known)


def read_days(value: object) -> Read:
    """A whole number of days above nothing."""
    read = read_quantity(value)
    if read.said is None:
        return read
    if read.said != int(read.said) or not 0 < read.said <= CYCLE_DAYS_MAX:
        return Read(None, Oddity.FIELD_DROPPED, Rejection.NUMBER)
    return Read(int(read.said))


def read_products(value: object) -> Read:
    """A list of products: those whose ids are ids, each once. One of which nothing can be read says nothing."""
    read = read_several(value, read_detail_id, SUBSTITUTES_MAX)
    if not read.said:
        return read if read.odd is None else dropped(Rejection.TYPE)
    return read._replace(said=tuple(dict.fromkeys(read.said)))


CATALOG = shape(
    {
        "product_id": read_detail_id,
        "event_id": read_detail_id,
        "occurred_at": read_instant,
        "parent_id": read_detail_id,
        "name": read_text,
        "url": read_text,
        "image_url": read_text,
        "category": read_text,
        "price": read_amount,
        "currency": read_currency,
        "stock": read_quantity,
        "published": read_published,
        "cycle_days": read_days,
        "substitutes": read_products,
        "store": read_detail_id,
        "schema_version": read_version,
    }
)
MONEY_AND_STOCK = ("price", "currency", "stock")


def mend_catalog(value: bytes) -> Mended[CatalogRecord] | Rejected:
    """The record of the catalogue that these bytes say, its details mended."""
    odd: Odd = {}
    try:
        fields = fields_of(value, CATALOG, odd)
        identify(fields, ("product_id",), odd)
        money = read_money(fields.get("currency", ABSENT), ABSENT, below_zero=False, odd=odd)
        said: Json = {name: kept(read, odd) for name, read in fields.items() if name not in MONEY_AND_STOCK}
        said |= {"price": money.of_all(fields.get("price", ABSENT)), "currency": money.currency}
        stock = kept(fields.get("stock", ABSENT), odd)
        record = CatalogRecord.model_validate(said | {"stock": None if stock is None else pieces_in(stock)})
    except Refusal as refusal:
        return refusal.rejected
    except ValidationError as error:
        return mistake_of(error)
    return Mended(record, odd)
