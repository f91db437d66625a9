"""What a person remembers of single products: when each was last bought, of which change of its price was heard, and
what is known of those that were bought."""

from collections.abc import Iterable

from schemas.facts.product_facts import PriceChanged, ProductKnown
from schemas.state.person import Known, Person, Shown
from streams.limits import ID_BYTES_MAX, Cut, how_many, size_of

BOUGHT_MAX = 200
"""Products of which it is known when they were last bought: whoever asked before has what was asked for. Those bought
longest ago go first."""

SHOWN_MAX = 200
"""Products of which it is known which change of the price was heard last: it tells the devices of one person apart, of
which each hears at the same moment. The oldest go first."""


KNOWN_MAX = 200
"""Products of which it is known what products have told. Those told of longest ago go first: what is bought again is
told of again."""

KNOWN_BYTES_MAX = 32 * 1024
"""All of that."""

STAND_INS_BYTES_MAX = 4 * 1024
"""What does as well as one product: all of 50 with ordinary ids. The first stay."""

_KNOWN_FEW = KNOWN_BYTES_MAX // (STAND_INS_BYTES_MAX + 3 * ID_BYTES_MAX)


def note_bought(person: Person, products: Iterable[str], at: int, cut: Cut) -> None:
    """The person has bought these."""
    for product in products:
        person.bought[product] = max(at, person.bought.get(product, 0))
    gone = _few(person.bought, BOUGHT_MAX)
    if gone:
        cut("bought", gone)


def has_bought(person: Person, product: str, since: int) -> bool:
    """Whether the person has bought the product since then, that instant included: a click comes before an order. Not
    where all orders of it since then, as far as they are known, were cancelled: it never came. What was sent back
    did."""
    return person.bought.get(product, -1) >= since and _stands(person, product, since)


def _stands(person: Person, product: str, since: int) -> bool:
    later = [order_id for order_id, places in person.orders.items() if places[0][0] >= since]
    known = [person.shelf[order_id] for order_id in later if order_id in person.shelf]
    of_it = [kept for kept in known if product in [line.product for line in kept.lines]]
    return not of_it or not all(kept.cancelled for kept in of_it)


def looked_last(person: Person, fact: PriceChanged) -> bool:
    """Whether the look of which a change of the price tells is the person's last, as far as was heard: of a customer's
    devices each tells of its own, one after the other."""
    known = person.shown.get(fact.product)
    return known is None or fact.looked_at >= known[1]


def note_shown(person: Person, fact: PriceChanged) -> bool:
    """The person hears of a price; whether that says something new of the latest change: the last look at the product
    speaks, and one that turns out to be later speaks anew."""
    if not looked_last(person, fact):
        return False
    news = (fact.at, fact.looked_at)
    known = person.shown.get(fact.product, (-1, -1))
    person.shown[fact.product] = max(known[0], fact.at), fact.looked_at
    _few(person.shown, SHOWN_MAX)
    return news > known


def note_known(person: Person, fact: ProductKnown, cut: Cut) -> None:
    """Products tell of one that was bought. What was known at the later purchase counts."""
    known = person.known.get(fact.product)
    says_something = (fact.cycle, fact.gap, fact.substitutes, fact.category) != (None, None, (), None)
    if says_something and (known is None or known.at <= fact.at):
        kept = how_many(fact.substitutes, STAND_INS_BYTES_MAX)
        if kept < len(fact.substitutes):
            cut("substitutes", len(fact.substitutes) - kept)
        person.known[fact.product] = Known(fact.at, fact.cycle, fact.gap, fact.substitutes[:kept], fact.category)
        _few_known(person, cut)


def names_of(person: Person, products: Iterable[str]) -> frozenset[str]:
    """The products, and the categories that the catalogue says they are of."""
    found = set(products)
    for product in products:
        if product in person.known and (category := person.known[product].category) is not None:
            found.add(category)
    return frozenset(found)


def stand_ins(person: Person, product: str) -> tuple[str, ...]:
    """What does as well as the product, by the catalogue."""
    return person.known[product].substitutes if product in person.known else ()


def join_products(person: Person, joining: Person, cut: Cut) -> None:
    """Two persons are one: of each product the later counts."""
    for product, at in joining.bought.items():
        person.bought[product] = max(at, person.bought.get(product, 0))
    for product, (changed_at, looked_at) in joining.shown.items():
        own = person.shown.get(product, (0, 0))
        person.shown[product] = max(changed_at, own[0]), max(looked_at, own[1])
    _few(person.bought, BOUGHT_MAX)
    _few(person.shown, SHOWN_MAX)
    for product, known in joining.known.items():
        own_known = person.known.get(product)
        if own_known is None or own_known.at < known.at:
            person.known[product] = known
    _few_known(person, cut)


def _few_known(person: Person, cut: Cut) -> None:
    known = person.known
    if len(known) <= _KNOWN_FEW:
        return
    size = size_of(known)
    for product in sorted(known, key=lambda product: (known[product].at, product)):
        if len(known) <= KNOWN_MAX and size <= KNOWN_BYTES_MAX:
            break
        size -= size_of((product, known[product]))
        del known[product]
        cut("known_products", 1)


def _few(times: dict[str, Shown] | dict[str, int], most: int) -> int:
    gone = sorted(times, key=lambda product: (times[product], product))[: max(0, len(times) - most)]
    for product in gone:
        del times[product]
    return len(gone)
