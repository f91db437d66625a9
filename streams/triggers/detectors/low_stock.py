"""Low stock: of a product that lies in the person's cart few are left.

The stock has fallen to the threshold or below it, and was above. Out of the cart, by hand or by an order, ends it.
"""

from schemas.facts.product_facts import StockChanged
from schemas.facts.profile_facts import CartChanged, FactInOrder, OrderPlaced
from schemas.outcomes.decisions import Reason
from schemas.outcomes.triggers import VIEWED
from schemas.rules.products import LowStock, StockStep
from schemas.state.person import Episode
from streams.person.change import Change
from streams.triggers.case import Case
from streams.triggers.of_products import arm_product
from streams.triggers.row import Row


def observe(case: Case, rule: LowStock, fact: FactInOrder, change: Change) -> None:
    """Arm for a product in the cart; end what waits for one that is there no more."""
    cart = case.person.cart
    if isinstance(fact, StockChanged):
        step = StockStep(fact.stock, fact.before, was_out=fact.out_since is not None, peak=fact.peak)
        if rule.hears_stock(step) and fact.product in cart:
            arm_product(case, rule, fact, fact.looked_at)
        return
    for episode in case.waiting(rule):
        if episode.same not in cart:
            case.end(episode, Reason.ORDERED if change.bought else Reason.NOT_IN_CART)


def look_again(case: Case, episode: Episode, rule: LowStock) -> Reason | None:
    """Why a due occasion is none: two carts became one, without the product."""
    return None if episode.same in case.person.cart else Reason.NOT_IN_CART


ROW: Row = Row(
    kind="low_stock",
    section=LowStock,
    hears=frozenset({CartChanged.fact, OrderPlaced.fact, StockChanged.fact}),
    observe=observe,
    look_again=look_again,
    of_device=True,
    of_cart=True,
    about=VIEWED,
)
