"""The ids of carts: which carts the person holds, and which of them were bought.

A person holds a cart from the click on that tells its id, until what is in the cart is bought, or a whole cart of
another id is told. Where a click tells the id of a cart and of its checkout, they are two names of one: it is held, and
bought, by both. What is told of a bought cart afterwards is news only if it has changed. Ids are told as hashes.
"""

from msgspec.structs import replace

from schemas.events.orders import STORE_ENDS
from schemas.facts.profile_facts import CartBought, CartChanged, CheckoutReached, OrderPlaced
from schemas.state.cart import Cart, Sold
from schemas.state.person import Person
from streams.ids import hash64
from streams.limits import Cut
from streams.person.carts import buy, is_bought_after, is_overtaken
from streams.person.shelves import buying_of, carts_of, own_buying, own_carts

HELD_MAX = 20
"""Carts that a person holds at a time, the latest: a device has one, and some shops a second for the checkout."""

HASH_BYTES = 8

SOLD_MAX = 40
"""Purchases of a cart that are known, the latest. An order names up to four carts, and few carts are bought twice."""


def hashes_of(ids: tuple[str | None, ...], store: str | None, *, of_an_order: bool) -> tuple[str, ...]:
    """What the ids of a cart and a checkout are told as. They are their store's. What a click says that names no store
    may be of any: an order names that, too."""
    own = "" if store is None or not store.strip() else store
    stores = dict.fromkeys((own, "") if of_an_order else (own,))
    said = dict.fromkeys([token_of(id_) for id_ in ids if id_ is not None and id_.strip()])
    return tuple([hash64(f"{one}{STORE_ENDS}{id_}".encode()).hex() for id_ in said for one in stores])


def hash_of(id_: str) -> str:
    """What is kept of an order's id, since it is shorter; and of the key of whoever buys a cart, since all who are told
    of that keep it."""
    return hash64(id_.encode()).hex()


def token_of(id_: str) -> str:
    """What names the cart in its id. Shopify's pages say `gid://shopify/Cart/TOKEN?key=SECRET`, or that without what is
    before or behind the token, and its orders the token alone."""
    bare = id_.partition("?key=")[0]
    return (bare.rpartition("/")[2] if bare.startswith("gid://") else bare) or id_


def tell_cart(person: Person, fact: CartChanged, cut: Cut) -> bool:
    """A change of the cart tells its id: the person holds it from here on, and no other if it is a whole cart. False if
    it is a bought cart, as it was bought: then nothing has changed."""
    if is_stale(person, fact):
        _learn_what_was_bought(person, fact)
        return False
    _use_again(person, fact)
    if not is_overtaken(person, fact):
        if fact.change == "set" and person.carts is not None:
            names = _names(person, fact.carts)
            person.carts.held = {cart: at for cart, at in person.carts.held.items() if cart in names}
        _hold(person, fact.carts, fact.at, cut)
    return True


def tell_checkout(person: Person, fact: CheckoutReached, cut: Cut) -> None:
    """A step of the checkout tells which cart it is about, too."""
    if fact.carts and not is_stale(person, fact):
        _use_again(person, fact)
        if not is_bought_after(person, fact):
            _hold(person, fact.carts, fact.at, cut)


def lose(person: Person, fact: CartBought, cut: Cut) -> bool:
    """Somebody has bought a cart that was told by one of the person's devices; whether the person held it, and has lost
    it. An order that is known has taken what it has: it only says what it was called."""
    order = fact.order_id
    if _bought_at(person, order) is not None:
        _name_bought(person, fact.carts, order, cut)
        return False
    held = loses(person, fact)
    _sell(person, _unsold(person, fact.carts, order), order, fact.at, cut)
    if held:
        own_buying(person).others[order] = fact.place()[:3]
        buy(person, fact.at)
    return held


def loses(person: Person, fact: CartBought) -> bool:
    """Whether the person is about to lose a cart by that. If not, it is no event of the person's."""
    order = fact.order_id
    return _bought_at(person, order) is None and holds(person, _unsold(person, fact.carts, order), fact.at)


def _bought_at(person: Person, order: str) -> int | None:
    """Since when, ms, the order is known, as one of the person's or as one that has taken the person's cart; None if it
    is not."""
    if order in person.orders:
        return person.orders[order][-1][0]
    buying = buying_of(person)
    awaited = buying.awaited.get(order)
    known = buying.others.get(order) if awaited is None else awaited.place
    return None if known is None else known[0]


def _hold(person: Person, carts: tuple[str, ...], at: int, cut: Cut) -> None:
    """From that time on, ms, the person holds the cart of these names."""
    own = own_carts(person)
    held = own.held
    own.aliases = {one: other for one, other in own.aliases.items() if one in held}
    for one in carts[1:]:
        own.aliases[one] = carts[0]
    for cart in carts:
        if cart in held:
            continue
        held[cart] = at
        if len(held) > HELD_MAX:
            del held[min(held, key=lambda one: (held[one], one))]
            cut("carts_held", 1)


def holds(person: Person, carts: tuple[str, ...], at: int) -> bool:
    """Whether the person held one of these carts at that time, ms, it included."""
    held = carts_of(person).held
    return bool(held) and any(cart in held and held[cart] <= at for cart in carts)


def purchase_of(fact: CartBought) -> OrderPlaced:
    """The purchase, for whoever has lost the cart to it."""
    at, _, event_id, _ = fact.place()
    return OrderPlaced(at, event_id, None, fact.order_id, on_site=False, by=fact.buyer)


def sell(person: Person, carts: tuple[str, ...], order: str, at: int, cut: Cut) -> None:
    """An order of the person names these carts. Its first record has bought them at that time, ms, and what the order
    was told before to have bought as another's; it is not known yet. Any other says what was bought by that."""
    if order in person.orders or order in buying_of(person).awaited:
        _name_bought(person, carts, order, cut)
        return
    mark = hash_of(order)
    known = [cart for cart, sales in carts_of(person).sold.items() if _sale(sales, mark) is not None]
    _sell(person, (*carts, *known), order, at, cut)


def _name_bought(person: Person, carts: tuple[str, ...], order: str, cut: Cut) -> None:
    """A record of an order that is known names these carts, whoever it is told of: the order has bought them when it
    was placed. What the person has told since is in use again."""
    since = _bought_at(person, order)
    if carts and since is not None:
        held = carts_of(person).held
        news = tuple(cart for cart in _unsold(person, carts, order) if cart not in held)
        _sell(person, news, order, since, cut)


def _sell(person: Person, carts: tuple[str, ...], order: str, at: int, cut: Cut) -> None:
    """What is in the carts, if the person holds them, is what was bought, by whatever name. A cart that the person has
    told since is in use again."""
    if not carts:
        return
    content = ""
    if holds(person, carts, at):
        bought = {product: held for product, held in person.cart.items() if held.changed_at <= at}
        content = _content(bought) if bought else ""
        names = _names(person, carts)
        carts = (*carts, *[one for one in carts_of(person).held if one in names and one not in carts])
    mark, own = hash_of(order), own_carts(person)
    for cart in carts:
        known = _sale(own.sold.get(cart, ()), mark)
        if (known is None or known.at < at) and (cart not in own.held or own.held[cart] <= at):
            _note(own.sold, cart, Sold(at, mark, content or ("" if known is None else known.content)))
    _few_sold(own.sold, cut)


def _sale(sales: tuple[Sold, ...], mark: str) -> Sold | None:
    """That to the order of that hash."""
    return next((one for one in sales if one.order == mark), None)


def _note(sold: dict[str, tuple[Sold, ...]], cart: str, sale: Sold) -> None:
    """The order has bought the cart as the sale says, whatever was known of that. Of two orders the later counts."""
    others = [one for one in sold.get(cart, ()) if one.order != sale.order]
    sold[cart] = tuple(sorted([*others, sale], key=_in_order)) if others else (sale,)


def _in_order(sale: Sold) -> tuple[int, str]:
    return sale.at, sale.order


def _few_sold(sold: dict[str, tuple[Sold, ...]], cut: Cut) -> None:
    for _ in range(sum(map(len, sold.values())) - SOLD_MAX):
        cart = min(sold, key=lambda one: (sold[one][0].at, one))
        if left := sold[cart][1:]:
            sold[cart] = left
        else:
            del sold[cart]
        cut("carts_sold", 1)


def _names(person: Person, carts: tuple[str, ...]) -> frozenset[str]:
    """All names of the carts of these names."""
    aliases = carts_of(person).aliases
    own = frozenset([*carts, *[aliases[cart] for cart in carts if cart in aliases]])
    return own | frozenset([one for one, cart in aliases.items() if cart in own])


def _unsold(person: Person, carts: tuple[str, ...], order: str) -> tuple[str, ...]:
    """Those of the carts of which it is not known that this order has bought them."""
    mark, sold = hash_of(order), carts_of(person).sold
    return tuple(cart for cart in carts if _sale(sold.get(cart, ()), mark) is None)


def is_stale(person: Person, fact: CartChanged | CheckoutReached) -> bool:
    """Whether the fact tells of a bought cart in which nothing has changed since: a whole cart of the same quantities,
    or a checkout since when nothing was put in. Where it is not known what was bought, the whole cart says it."""
    sold = _sold_before(person, fact)
    if not sold:
        return False
    latest = max(sold.values(), key=lambda one: one.at)
    if isinstance(fact, CheckoutReached):
        return person.added_at <= latest.at
    if fact.change != "set" or not fact.lines:
        return False
    return not latest.content or latest.content == _content_told(fact)


def _learn_what_was_bought(person: Person, fact: CartChanged) -> None:
    """The first whole cart that tells of a bought one says what was in it."""
    for cart, sold in _sold_before(person, fact).items():
        if not sold.content:
            _note(own_carts(person).sold, cart, replace(sold, content=_content_told(fact)))


def _use_again(person: Person, fact: CartChanged | CheckoutReached) -> None:
    """The bought cart, if it is one, has changed: from here on it is a cart as any other."""
    for cart, sold in _sold_before(person, fact).items():
        _note(own_carts(person).sold, cart, replace(sold, over=True))


def join_named_carts(person: Person, joining: Person, cut: Cut) -> None:
    """What a visitor holds is the customer's, as what is in the cart is, and what it has told since the customer's last
    order, and both know what was bought. What an order has bought that turns out to be the customer's own, the visitor
    knows."""
    if person.carts is None and joining.carts is None:
        return
    own, brought = own_carts(person), carts_of(joining)
    for cart, at in sorted(brought.held.items(), key=lambda one: (one[1], one[0])):
        if person.last_order_at <= max(at, joining.cart_changed_at):
            _hold(person, (cart,), at, cut)
    own.aliases = own.aliases | {one: other for one, other in brought.aliases.items() if one in own.held}
    theirs = {hash_of(order) for order in _known_orders(joining) - _known_orders(person)}
    before, own.sold = own.sold, {}
    for cart, sales in before.items():
        known = brought.sold.get(cart, ())
        left = tuple([one for one in sales if one.order not in theirs or _sale(known, one.order) is not None])
        if left:
            own.sold[cart] = left
    for cart, sales in brought.sold.items():
        for sale in sales:
            _note(own.sold, cart, _sale_of_both(_sale(own.sold.get(cart, ()), sale.order), sale, theirs))
    _few_sold(own.sold, cut)


def _sale_of_both(own: Sold | None, brought: Sold, theirs: set[str]) -> Sold:
    """Who held the cart knows what was in it, and whose order it is knows since when."""
    if own is None:
        return brought
    at = brought.at if brought.order in theirs else max(own.at, brought.at)
    return Sold(at, brought.order, own.content or brought.content, over=own.over or brought.over)


def _known_orders(person: Person) -> set[str]:
    buying = buying_of(person)
    return {*person.orders, *buying.awaited, *buying.others}


def _sold_before(person: Person, fact: CartChanged | CheckoutReached) -> dict[str, Sold]:
    """The last sale of each cart of the fact that nothing has changed since."""
    known = carts_of(person).sold
    last = {cart: known[cart][-1] for cart in fact.carts if cart in known}
    return {cart: sale for cart, sale in last.items() if not sale.over and sale.at < fact.at}


def _content(cart: Cart) -> str:
    return _digest({product: held.quantity for product, held in cart.items()})


def _content_told(fact: CartChanged) -> str:
    quantities: dict[str, int] = {}
    for line in fact.lines:
        quantities[line.product] = quantities.get(line.product, 0) + line.quantity
    return _digest({product: quantity for product, quantity in quantities.items() if quantity > 0})


def _digest(quantities: dict[str, int]) -> str:
    said = STORE_ENDS.join(f"{product}{STORE_ENDS}{quantity}" for product, quantity in sorted(quantities.items()))
    return hash_of(said)
