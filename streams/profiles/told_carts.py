"""Who has told which cart, and which carts were bought: of one partition of people.

An order of the feed that names a cart may be anybody's: a guest's with an address that was never seen. Whoever holds
the cart has told its id, as a visitor whom nobody knows or as a customer. So each partition of visitors and of
customers hears of every order that names a cart, as a short record, and finds those of its own whom it concerns. Nobody
waits for more than before: what was bought comes before W of the orders, as the orders themselves do. No fact tells
elsewhere who holds what, and nothing has to follow where a visitor becomes a customer. The price is a record a
partition and order that names a cart, and only where a rule asks for carts; of a hundred clicks one is an order.

A click may come later than the order that bought its cart, so bought carts are remembered. What an order means to a
person is for the fold to say, in the order of events (`streams.person.named_carts`).
"""

from collections.abc import Iterator
from typing import Final

from schemas.facts.profile_facts import CartBought, CartChanged, CheckoutReached, Fact, Inherited
from schemas.reading.wire import LINE_END, read_facts, write_fact
from schemas.state.profile import Profile
from streams.limits import Cut
from streams.person.named_carts import HASH_BYTES, HELD_MAX, hash_of
from streams.person.shelves import carts_of
from streams.stage import STAGES_OWN

BOUGHT_KEY: Final = STAGES_OWN + b"bought:"
"""The changelog key of some bought carts, followed by a number: they are written once, and dropped together."""

TOGETHER_MAX: Final = 200
"""So many of the longest ids stay below what Kafka takes as a record."""

BOUGHT_MAX: Final = 20_000
"""Orders that named a cart, of a partition; some 10 MB. The oldest go first: who tells such a cart only then, and has
not told it before, may be reminded of it."""

TELLING: Final = frozenset({CartChanged, CheckoutReached, Inherited})
"""Facts that may tell a cart."""


class ToldCarts:
    """The carts of a partition's people, by the keys of their profiles, and what was bought of them."""

    __slots__ = ("_bought", "_by_cart", "_heard", "_holders", "_latest", "_number", "_unwritten")

    def __init__(self) -> None:
        self._holders: dict[str, dict[str, None]] = {}
        self._by_cart: dict[str, tuple[CartBought, ...]] = {}
        self._bought: dict[bytes, list[CartBought]] = {}
        self._latest: list[CartBought] = []
        self._unwritten: dict[bytes, None] = {}
        self._number = 0
        self._heard = 0

    def told(self, key: str, profile: Profile, fact: Fact, cut: Cut) -> Iterator[CartBought]:
        """The fact tells carts to the profile: what it has to hear of orders that have bought one, if that is news. A
        visitor who was handed over holds none."""
        if profile.handed_over:
            return
        carts = [*carts_of(fact.person).held] if isinstance(fact, Inherited) else _carts_of(fact)
        known = carts_in(profile.carts)
        for cart in dict.fromkeys(carts):
            if cart in known:
                continue
            profile.carts += bytes.fromhex(cart)
            self._holders.setdefault(cart, {})[key] = None
            for bought in self._by_cart.get(cart, ()):
                if bought.buyer != hash_of(key):
                    yield bought
        if gone := carts_in(profile.carts)[:-HELD_MAX]:
            for cart in gone:
                self._drop(cart, key)
            profile.carts = profile.carts[-HELD_MAX * HASH_BYTES :]
            cut("carts_told", len(gone))

    def heard(self, bought: CartBought) -> list[str]:
        """An order has bought these carts: whom it concerns. It is kept for those who tell one of them later. Nobody if
        the order has said so of an earlier time."""
        if all(self._is_known(cart, bought) for cart in bought.carts):
            return []
        self._keep(bought)
        self._latest.append(bought)
        keys = dict.fromkeys([key for cart in bought.carts for key in self._holders.get(cart, ())])
        return [key for key in keys if hash_of(key) != bought.buyer]

    def index(self, key: str, carts: bytes) -> None:
        """The profile of that key, which was restored, has told these carts."""
        for cart in carts_in(carts):
            self._holders.setdefault(cart, {})[key] = None

    def forget(self, key: str, carts: bytes) -> None:
        """Nobody of that key is known any more, or wants to be, who has told these carts."""
        for cart in carts_in(carts):
            self._drop(cart, key)

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take a record of bought carts of the changelog, or a tombstone."""
        for bought in self._bought.pop(key, ()):
            self._let_go(bought)
        if value is not None:
            self._bought[key] = [fact for fact in read_facts(value) if isinstance(fact, CartBought)]
            for bought in self._bought[key]:
                self._keep(bought)
            self._number = max(self._number, int(key.removeprefix(BOUGHT_KEY)))

    def let_go_before(self, since: int, cut: Cut) -> None:
        """Let go of what was bought before `since`, ms, and of what is too much."""
        if not (self._latest or self._bought):
            return  # as a rule
        self._put_together()
        while self._bought:
            key, oldest = next(iter(self._bought.items()))
            many = self._heard > BOUGHT_MAX
            if not many and max([one.at for one in oldest]) >= since:
                break
            if many:
                cut("bought_carts", len(oldest))
            for bought in oldest:
                self._let_go(bought)
            del self._bought[key]
            self._unwritten[key] = None

    @property
    def is_news(self) -> bool:
        """Whether the changelog has to be told of bought carts."""
        return bool(self._unwritten or self._latest)

    def entries(self) -> list[tuple[bytes, bytes | None]]:
        """What the changelog has to be told since the last call."""
        self._put_together()
        keys, self._unwritten = self._unwritten, {}
        return [(key, _written(self._bought[key]) if key in self._bought else None) for key in keys]

    def _put_together(self) -> None:
        """What was heard since the last time is a record, or a few."""
        for start in range(0, len(self._latest), TOGETHER_MAX):
            self._number += 1
            key = BOUGHT_KEY + b"%020d" % self._number
            self._bought[key] = self._latest[start : start + TOGETHER_MAX]
            self._unwritten[key] = None
        self._latest = []

    def _is_known(self, cart: str, bought: CartBought) -> bool:
        """Whether the order has said of an earlier time that it has bought the cart."""
        place, known = bought.place(), self._by_cart.get(cart, ())
        return any(one.order_id == bought.order_id and one.place() <= place for one in known)

    def _drop(self, cart: str, key: str) -> None:
        holders = self._holders.get(cart)
        if holders is not None:
            holders.pop(key, None)
            if not holders:
                del self._holders[cart]

    def _keep(self, bought: CartBought) -> None:
        self._heard += 1
        for cart in bought.carts:
            self._by_cart[cart] = (*self._by_cart.get(cart, ()), bought)

    def _let_go(self, bought: CartBought) -> None:
        self._heard -= 1
        for cart in bought.carts:
            left = tuple([one for one in self._by_cart.get(cart, ()) if one is not bought])
            if left:
                self._by_cart[cart] = left
            else:
                self._by_cart.pop(cart, None)


def carts_in(carts: bytes) -> list[str]:
    """The hashes of carts, as a profile keeps them."""
    return [carts[at : at + HASH_BYTES].hex() for at in range(0, len(carts), HASH_BYTES)]


def tells_carts(fact: Fact) -> bool:
    """Whether the fact names a cart: only those of `TELLING` may, and few do."""
    return bool(carts_of(fact.person).held) if type(fact) is Inherited else bool(_carts_of(fact))


def _carts_of(fact: Fact) -> tuple[str, ...]:
    return fact.carts if type(fact) is CartChanged or type(fact) is CheckoutReached else ()


def _written(bought: list[CartBought]) -> bytes:
    return LINE_END.join(write_fact(one) for one in bought)
