"""Back in stock: a product that was unavailable is there again, for who asked for it, or saw it while it was gone.

The product itself decides whose turn it is: requests wait there, and are released in the order of asking. Whoever has
bought the product since is told nothing, and neither is who was told of the same change by another way.
"""

from schemas.facts.product_facts import Released, StockChanged
from schemas.facts.profile_facts import FactInOrder, OrderPlaced
from schemas.outcomes.decisions import Reason
from schemas.outcomes.triggers import VIEWED
from schemas.rules.products import BackInStock, StockStep
from schemas.state.person import Episode
from streams.person.change import Change
from streams.person.products import has_bought
from streams.triggers.case import Case
from streams.triggers.of_products import arm_product, hear_purchase
from streams.triggers.row import Row


def observe(case: Case, rule: BackInStock, fact: FactInOrder, change: Change) -> None:
    """Arm for whose turn has come, or who saw the product while it was gone; a purchase of it ends what waits."""
    if isinstance(fact, OrderPlaced):
        hear_purchase(case, rule, fact, lambda episode: episode.anchor)
    elif isinstance(fact, Released):
        if rule.id in fact.rules:
            _arm(case, rule, fact, fact.asked_at)
    elif isinstance(fact, StockChanged) and fact.out_since is not None:
        step = StockStep(fact.stock, fact.before, was_out=True, peak=fact.peak)
        if rule.hears_stock(step) and fact.viewed_at > fact.out_since:
            _arm(case, rule, fact, fact.viewed_at)


def _arm(case: Case, rule: BackInStock, fact: Released | StockChanged, since: int) -> None:
    if not has_bought(case.person, fact.product, since):
        arm_product(case, rule, fact, since)


def look_again(case: Case, episode: Episode, rule: BackInStock) -> Reason | None:
    """Why a due occasion is none: a merge has brought a purchase of the product."""
    return Reason.ORDERED if has_bought(case.person, episode.same, episode.anchor) else None


ROW: Row = Row(
    kind="back_in_stock",
    section=BackInStock,
    hears=frozenset({OrderPlaced.fact, Released.fact, StockChanged.fact}),
    observe=observe,
    look_again=look_again,
    about=VIEWED,
)
