"""What a person remembers of single products: when each was last bought, of which change of its price was heard, and
what is known of those that were bought."""

from collections.abc import Iterable

from schemas.facts.product_facts import PriceChanged, ProductKnown
from schemas.state.person import Person
from schemas.state.shelves import Known, Shown
from streams.limits import ID_BYTES_MAX, Cut, how_many, size_of
from streams.person.shelves import buying_of, goods_of, own_goods

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
    bought = own_goods(person).bought
    for product in products:
        bought[product] = max(at, bought.get(product, 0))
    gone = _few(bought, BOUGHT_MAX)
    if gone:
        cut("bought", gone)


def has_bought(person: Person, product: str, since: int) -> bool:
    """Whether the person has bought the product since then, that instant included: a click comes before an order. Not
    where all orders of it since then, as far as they are known, were cancelled: it never came. What was sent back
    did."""
    return goods_of(person).bought.get(product, -1) >= since and _stands(person, product, since)


def _stands(person: Person, product: str, since: int) -> bool:
    later = [order_id for order_id, places in person.orders.items() if places[0][0] >= since]
    kept = buying_of(person).kept
    known = [kept[order_id] for order_id in later if order_id in kept]
    of_it = [one for one in known if product in [line.product for line in one.lines]]
    return not of_it or not all(one.cancelled for one in of_it)


def looked_last(person: Person, fact: PriceChanged) -> bool:
    """Whether the look of which a change of the price tells is the person's last, as far as was heard: of a customer's
    devices each tells of its own, one after the other. Of two looks of one instant that at the lower price counts:
    whoever has seen both has seen that."""
    known = goods_of(person).shown.get(fact.product)
    return known is None or _later(fact.looked_at, fact.seen or 0) >= _later(*known[1:])


def _later(looked_at: int, seen: int) -> tuple[int, int]:
    return looked_at, -seen


def note_shown(person: Person, fact: PriceChanged) -> bool:
    """The person hears of a price; whether it is the latest that was heard of: the last look at the product speaks, and
    one that turns out to be later speaks anew. Of two changes of one instant each is, in their order."""
    if not looked_last(person, fact):
        return False
    shown = own_goods(person).shown
    changed_at = shown[fact.product][0] if fact.product in shown else fact.at
    shown[fact.product] = max(changed_at, fact.at), fact.looked_at, fact.seen or 0
    _few(shown, SHOWN_MAX)
    return fact.at >= changed_at


def note_known(person: Person, fact: ProductKnown, cut: Cut) -> None:
    """Products tell of one that was bought. What was known at the later purchase counts."""
    known = goods_of(person).known.get(fact.product)
    says_something = (fact.cycle, fact.gap, fact.substitutes, fact.category) != (None, None, (), None)
    if says_something and (known is None or known.at <= fact.at):
        kept = how_many(fact.substitutes, STAND_INS_BYTES_MAX)
        if kept < len(fact.substitutes):
            cut("substitutes", len(fact.substitutes) - kept)
        own_goods(person).known[fact.product] = Known(
            fact.at, fact.cycle, fact.gap, fact.substitutes[:kept], fact.category
        )
        _few_known(person, cut)


def names_of(person: Person, products: Iterable[str]) -> frozenset[str]:
    """The products, and the categories that the catalogue says they are of."""
    found, known = set(products), goods_of(person).known
    for product in products:
        if product in known and (category := known[product].category) is not None:
            found.add(category)
    return frozenset(found)


def stand_ins(person: Person, product: str) -> tuple[str, ...]:
    """What does as well as the product, by the catalogue."""
    known = goods_of(person).known.get(product)
    return () if known is None else known.substitutes


def join_products(person: Person, joining: Person, cut: Cut) -> None:
    """Two persons are one: of each product the later counts."""
    brought = joining.goods
    if brought is None:
        return
    own = own_goods(person)
    for product, at in brought.bought.items():
        own.bought[product] = max(at, own.bought.get(product, 0))
    for product, theirs in brought.shown.items():
        shown = own.shown.get(product, theirs)
        look = max(theirs[1:], shown[1:], key=lambda one: _later(*one))
        own.shown[product] = max(theirs[0], shown[0]), *look
    _few(own.bought, BOUGHT_MAX)
    _few(own.shown, SHOWN_MAX)
    for product, known in brought.known.items():
        own_known = own.known.get(product)
        if own_known is None or own_known.at < known.at:
            own.known[product] = known
    _few_known(person, cut)


def _few_known(person: Person, cut: Cut) -> None:
    known = goods_of(person).known
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
