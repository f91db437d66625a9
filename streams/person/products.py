"""What a person remembers of single products: when each was last bought, and of which change of its price was heard."""

from collections.abc import Iterable

from schemas.person import Person
from schemas.product_facts import PriceChanged
from streams.limits import Cut

BOUGHT_MAX = 200
"""Products of which it is known when they were last bought: whoever asked before has what was asked for. Those bought
longest ago go first."""

SHOWN_MAX = 200
"""Products of which it is known which change of the price was heard last: it tells the devices of one person apart, of
which each hears at the same moment. The oldest go first."""


def note_bought(person: Person, products: Iterable[str], at: int, cut: Cut) -> None:
    """The person has bought these."""
    for product in products:
        person.bought[product] = max(at, person.bought.get(product, 0))
    gone = _few(person.bought, BOUGHT_MAX)
    if gone:
        cut("bought", gone)


def has_bought(person: Person, product: str, since: int) -> bool:
    """Whether the person has bought the product since then, that instant included: a click comes before an order."""
    return person.bought.get(product, -1) >= since


def note_shown(person: Person, fact: PriceChanged) -> bool:
    """The person hears of a price; whether it is the first to say so. The last look at the product speaks first."""
    if person.shown.get(fact.product, -1) >= fact.at:
        return False
    person.shown[fact.product] = fact.at
    _few(person.shown, SHOWN_MAX)
    return True


def join_products(person: Person, joining: Person) -> None:
    """Two persons are one: of each product the later counts."""
    for own, brought in ((person.bought, joining.bought), (person.shown, joining.shown)):
        for product, at in brought.items():
            own[product] = max(at, own.get(product, 0))
    _few(person.bought, BOUGHT_MAX)
    _few(person.shown, SHOWN_MAX)


def _few(times: dict[str, int], most: int) -> int:
    gone = sorted(times, key=lambda product: (times[product], product))[: max(0, len(times) - most)]
    for product in gone:
        del times[product]
    return len(gone)
