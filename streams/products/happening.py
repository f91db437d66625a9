"""What becomes of a product as an event that rules may name: for who has looked at it, and only where a rule asks."""

from collections.abc import Iterator, Mapping

from schemas.facts.profile_facts import ProductHappened
from schemas.state.product import Product, Waiting
from streams.person.money import decimal_of
from streams.person.quantities import number_of
from streams.products.changes import Change
from streams.products.looks import last_look
from streams.products.shelves import Shelf
from streams.products.telling import event_of
from streams.stage import Effects
from streams.triggers.asking import Asked, is_wanted
from streams.triggers.event_fields import FIELDS_BYTES_MAX, OfEvent, Said, fit


def happened(
    product: str, shelf: Shelf, record: Waiting, change: Change, asked: Mapping[str, Asked], effects: Effects
) -> Iterator[tuple[str, ProductHappened]]:
    """The events that the change is, by the visitors who have looked at the product in the 90 days before. A person of
    several devices hears of each once: it has one place."""
    if not asked:
        return
    said = _said(product, shelf.product, record, change)
    for event in _events(shelf.product, change):
        wanted = asked.get(event)
        if wanted is None or not is_wanted(wanted, OfEvent(said), effects):
            continue
        told = {path: said[path] for path in wanted.paths if path in said}
        fit(told, FIELDS_BYTES_MAX, effects.cut)
        event_id = f"{event_of(record, product)}:{event}"
        for visitor, looks in shelf.looks.items():
            if last_look(looks, record.at) is not None:
                yield visitor, ProductHappened(record.at, event_id, visitor, event, on_site=False, said=told)


def _events(now: Product, change: Change) -> Iterator[str]:
    if change.price is not None and now.price is not None:
        yield "price_changed"
        if now.price < change.price:
            yield "price_drop"
    step = change.stock
    if step is not None and step.before is not None and step.before != step.stock:
        yield "stock_changed"
        if step.before <= 0 < step.stock:
            yield "back_in_stock"


def _said(product: str, now: Product, record: Waiting, change: Change) -> Said:
    """What there is to be asked of the product, as it is since the record; amounts and pieces are texts."""
    before = None if change.stock is None else change.stock.before
    told = {
        "occurred_at": record.at,
        "product_id": product,
        "category": now.details.get("category"),
        "price": None if now.price is None else str(decimal_of(now.price, now.currency)),
        "price_before": None if change.price is None else str(decimal_of(change.price, now.currency)),
        "currency": now.currency,
        "stock": None if now.stock is None else str(number_of(now.stock)),
        "stock_before": None if before is None else str(number_of(before)),
    }
    return {name: value for name, value in told.items() if value is not None}
