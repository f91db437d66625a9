"""What clicks tell products, where a rule of the rulebook asks: who has seen one, carted it, or waits for it."""

from collections.abc import Iterable, Iterator
from typing import Final

from schemas.events.clicks import Click, ClickType
from schemas.events.plain_clicks import AnyClick
from schemas.facts.product_facts import ProductLooked, StockAsked
from schemas.mending.ids import read_detail_id
from schemas.rules.base import RuleBase
from schemas.rules.events import OF_PRODUCTS
from schemas.rules.products import ProductRule
from schemas.state.profile import PRODUCT
from streams.person.money import minor_units
from streams.records import tell
from streams.stage import Effects

LOOKS: Final = frozenset({ClickType.PRODUCT_VIEWED, ClickType.CART_ITEM_ADDED, ClickType.CART_UPDATED})
ASKS: Final = frozenset({ClickType.BACK_IN_STOCK_REQUESTED, ClickType.CUSTOM})


def of_products(rules: Iterable[RuleBase]) -> frozenset[ClickType]:
    """Which types of clicks products hear of: none, unless a rule asks."""
    all_ = tuple(rules)
    about = [rule for rule in all_ if isinstance(rule, ProductRule)]
    hears = any(ask.event in OF_PRODUCTS for rule in all_ for ask in rule.asks)
    looks = LOOKS if hears or any(rule.asks_looks for rule in about) else frozenset[ClickType]()
    asks = ASKS if any(rule.asks_requests for rule in about) else frozenset[ClickType]()
    return looks | asks


def tell_products_of(click: AnyClick, at: int, effects: Effects) -> None:
    """Tell the products that the click is about, at its time."""
    for fact in facts_of(click, at):
        tell(effects, PRODUCT + fact.product, fact)


def facts_of(click: AnyClick, at: int) -> Iterator[ProductLooked | StockAsked]:
    """What the click tells products. A whole cart is told line by line: what was in it before is seen again."""
    kind, product, event_id, visitor = click.type, click.product_id, click.event_id, click.visitor_id
    if kind in ASKS:
        wanted = product if product is not None else _named(click)
        if wanted is not None and ClickType.BACK_IN_STOCK_REQUESTED in (kind, click.name):
            yield StockAsked(at, event_id, visitor, wanted)
    elif kind is ClickType.CART_UPDATED:
        for line in {line.product_id: line for line in click.lines or ()}.values():
            currency = click.currency or line.currency
            price = None if line.unit_price is None else minor_units(line.unit_price, currency)
            yield ProductLooked(at, event_id, visitor, line.product_id, price, currency, carted=True)
    elif product is not None:
        price = None if click.price is None else minor_units(click.price, click.currency)
        carted = kind is ClickType.CART_ITEM_ADDED
        yield ProductLooked(at, event_id, visitor, product, price, click.currency, carted=carted)


def _named(click: AnyClick) -> str | None:
    """The product among the properties of a custom click."""
    properties = click.properties if isinstance(click, Click) else None
    said: str | None = read_detail_id((properties or {}).get("product_id")).said
    return said
