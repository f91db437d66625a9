"""Whom a change of a product concerns, and what they are told: facts for visitors, who pass them on to whom they are.

A change travels only if a rule asks for it, and only to those who have looked or asked.
"""

from collections.abc import Iterator, Sequence

from schemas.facts.product_facts import PriceChanged, ProductBought, ProductKnown, Released, StockChanged
from schemas.rules.products import ProductRule, StockStep
from schemas.rules.words import DAY_MS
from schemas.state.product import Look, Product, Waiting
from streams.products.changes import Change, lore_at, price_at
from streams.products.looks import Last, Turn, last_look, turns
from streams.products.shelves import Shelf

ToldOfProduct = PriceChanged | StockChanged


def event_of(record: Waiting, product: str) -> str:
    """The event's id as visitors hear it: one id of a feed may stand for many products."""
    return f"{record.event_id}:{product}"


def told(
    product: str, shelf: Shelf, record: Waiting, change: Change, rules: Sequence[ProductRule]
) -> Iterator[ToldOfProduct]:
    """What lookers have to hear of the change. A person may have looked on several devices, and the last look counts:
    so each device hears, whatever it cost there."""
    of_price = change.price is not None and any(rule.hears_prices for rule in rules)
    step = change.stock
    of_stock = [rule for rule in rules if step is not None and rule.hears_stock(step)]
    if not of_price and not of_stock:
        return
    for visitor, looks in shelf.looks.items():
        last = last_look(looks, record.at)
        if last is None:
            continue
        if of_price:
            yield _price(product, shelf.product, record, visitor, last.look, change)
        if step is not None and any(_concerns(rule, last, shelf.product) for rule in of_stock):
            yield _stock(product, shelf.product, record, visitor, last, step)


def _concerns(rule: ProductRule, last: Last, product: Product) -> bool:
    if rule.asks_carts:
        return bool(last.carted_at)
    return product.out_since is not None and last.viewed_at > product.out_since


def _price(product: str, now: Product, record: Waiting, visitor: str, look: Look, change: Change) -> PriceChanged:
    assert now.price is not None, "a price has changed that is not known"
    assert change.price is not None, "a price has changed that was not known"
    return PriceChanged(
        record.at,
        event_of(record, product),
        visitor,
        product,
        now.price,
        now.currency,
        now.price < change.price,
        look.at,
        _seen(now, look),
    )


def _seen(now: Product, look: Look) -> int | None:
    """What it cost at the look: as the click told, else as the catalogue did; None where that is another currency."""
    if look.price is not None and look.currency == now.currency:
        return look.price
    held = price_at(now, look.at)
    return held[0] if held is not None and held[1] == now.currency else None


def _stock(product: str, now: Product, record: Waiting, visitor: str, last: Last, step: StockStep) -> StockChanged:
    return StockChanged(
        record.at,
        event_of(record, product),
        visitor,
        product,
        step.stock,
        step.before,
        now.out_since if step.was_out else None,
        step.peak,
        last.look.at,
        last.viewed_at,
    )


def releases(
    product: str, shelf: Shelf, record: Waiting, step: StockStep, rules: Sequence[ProductRule]
) -> list[Released]:
    """Whose turn has come by that change of the stock, in the order of asking; by each rule for itself."""
    by_turn: dict[Turn, list[str]] = {}
    for rule in {rule.id: rule for rule in reversed(rules)}.values():  # of a canary's versions the canary says
        number = rule.released(step)
        for turn in turns(shelf.requests, rule.id, record.at)[:number] if number else ():
            by_turn.setdefault(turn, []).append(rule.id)
    return [
        Released(record.at, turn.event_id, turn.visitor, product, turn.asked_at, tuple(rule_ids))
        for turn, rule_ids in sorted(by_turn.items())
    ]


def known_of(fact: ProductBought, shelf: Shelf) -> ProductKnown | None:
    """What the buyer hears of the product, as it was known at the purchase, be it nothing; None if nobody asked."""
    if not fact.order_id:
        return None
    lore = lore_at(shelf.product, fact.at)
    cycle = None if lore.cycle_days is None else lore.cycle_days * DAY_MS
    about = fact.at, fact.event_id, fact.visitor, fact.product, fact.order_id
    return ProductKnown(*about, cycle, shelf.gap, lore.substitutes, lore.category)
