"""Price drop: a product costs less than when the person last saw or carted it.

Every fall of the price is an occasion of its own, compared with that last look. A price that is no such drop any more
ends what waits, and takes back what is fired and not delivered. So does a later look, on another device, that comes to
light with the same change. Whoever has bought the product since that look is told nothing.
"""

from decimal import Decimal
from functools import partial

from schemas.facts.product_facts import PriceChanged
from schemas.facts.profile_facts import FactInOrder, OrderPlaced
from schemas.outcomes.decisions import Reason
from schemas.outcomes.triggers import VIEWED
from schemas.rules.products import PriceDrop
from schemas.state.person import Episode, Fired
from streams.person.change import Change
from streams.person.money import decimal_of
from streams.person.products import has_bought, looked_last
from streams.person.shelves import goods_of
from streams.triggers.case import Case
from streams.triggers.of_products import arm_product, hear_purchase
from streams.triggers.row import Row


def observe(case: Case, rule: PriceDrop, fact: FactInOrder, change: Change) -> None:
    """Arm for a price that is low enough; end what waits for one that is not any more, or was bought."""
    if isinstance(fact, OrderPlaced):
        hear_purchase(case, rule, fact, partial(_looked_at, case))
        return
    assert isinstance(fact, PriceChanged), "a price drop hears of prices and orders alone"
    if not looked_last(case.person, fact):
        return
    _end_undone(case, rule, fact, change)
    if not change.shown or has_bought(case.person, fact.product, fact.looked_at):
        return
    if fact.falls and fact.seen is not None and _is_a_drop(rule, fact.seen, fact):
        arm_product(case, rule, fact, fact.looked_at, was=fact.seen)


def _end_undone(case: Case, rule: PriceDrop, fact: PriceChanged, change: Change) -> None:
    """End what waits, and take back what is not delivered, that the price makes none."""
    for episode in case.waiting(rule, fact.product):
        if (reason := _undone(episode, rule, fact, change)) is not None:
            case.end(episode, reason)
    for fired in case.person.fired:
        own = fired.rule_id == rule.id and fired.same == fact.product and not fired.settled
        if own and (reason := _undone(fired, rule, fact, change)) is not None:
            case.cancel(fired, reason)


def look_again(case: Case, episode: Episode, rule: PriceDrop) -> Reason | None:
    """Why a due occasion is none: a merge has brought a purchase of the product."""
    return Reason.ORDERED if has_bought(case.person, episode.same, _looked_at(case, episode)) else None


def _looked_at(case: Case, episode: Episode) -> int:
    """When the person last looked at what the occasion is about, ms; the change itself where that is forgotten."""
    return goods_of(case.person).shown.get(episode.same, (0, episode.anchor, 0))[1]


def _undone(one: Episode | Fired, rule: PriceDrop, fact: PriceChanged, change: Change) -> Reason | None:
    """Why what waits, or is fired and not delivered, is none any more. What is fired may be so since a moment ago, when
    both prices are told at once."""
    if one.anchor > fact.at or (one.anchor < fact.at and not change.shown):
        return None
    return overtaken(one, rule, fact)


def overtaken(one: Episode | Fired, rule: PriceDrop | None, change: PriceChanged) -> Reason | None:
    """Whether the price is back: not so far below what it was any more, or at the look that the very change tells of.
    Of a rule that is gone, back at what it was."""
    was = change.seen if one.anchor == change.at else one.was
    if was is None:
        return None
    still = _is_a_drop(rule, was, change) if rule is not None else change.price < was
    return None if still else Reason.PRICE_BACK


def _is_a_drop(rule: PriceDrop, was: int, change: PriceChanged) -> bool:
    before: Decimal = decimal_of(was, change.currency)
    return rule.is_a_drop(before, decimal_of(change.price, change.currency))


ROW: Row = Row(
    kind="price_drop",
    section=PriceDrop,
    hears=frozenset({OrderPlaced.fact, PriceChanged.fact}),
    observe=observe,
    look_again=look_again,
    overtaken=overtaken,
    about=VIEWED,
)
