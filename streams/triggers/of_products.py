"""What the kinds about products have in common: one occasion a product, armed by a record of the catalogue, and ended
by a purchase of it."""

from collections.abc import Callable

from schemas.facts.product_facts import PriceChanged
from schemas.facts.profile_facts import OfAProduct, OrderPlaced
from schemas.facts.said import CATALOG
from schemas.outcomes.decisions import Reason
from schemas.rules.products import ProductRule
from schemas.state.person import NO_PURCHASE, Episode
from streams.person.products import has_bought, note_bought
from streams.triggers.case import Case


def arm_product(case: Case, rule: ProductRule, fact: OfAProduct, since: int, was: int = 0) -> None:
    """Let the rule wait from the record on, which several devices of a person may tell: the person hears of it once, as
    that of the least id tells it, but for prices, of which the last look says what counts.

    `since` is when the person looked, or asked: what was before a wish to be forgotten counts no more. A purchase alone
    makes nothing wrong, but for what is about the cart."""
    waiting = case.episode(rule, fact.product)
    is_told = waiting is not None and (waiting.anchor, waiting.event_id) == (fact.at, fact.event_id)
    if waiting is not None and is_told and waiting.origin < fact.visitor and type(fact) is not PriceChanged:
        return
    if since > case.person.erased_at:
        case.arm(
            rule,
            fact.at,
            fact.event_id,
            fact.visitor,
            fact.visitor,
            start=None if rule.asks_carts else NO_PURCHASE,
            products=(fact.product,),
            class_=CATALOG,
            same=fact.product,
            was=was,
        )


def hear_purchase(case: Case, rule: ProductRule, fact: OrderPlaced, since: Callable[[Episode], int]) -> None:
    """Note what the person has bought, and end what waits for a product that was bought since that time of its
    occasion, ms. What somebody else has bought on the person's device ends nothing."""
    if fact.by is not None:
        return
    note_bought(case.person, fact.products, fact.at, case.effects.cut)
    for episode in case.waiting(rule):
        if has_bought(case.person, episode.same, since(episode)):
            case.end(episode, Reason.ORDERED)
