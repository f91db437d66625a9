"""The last look of a delivery at its products: what others have bought comes in, what cannot be bought goes out."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from schemas.outcomes.deliveries import Delivery
from streams.delivery import delivery as machine
from streams.delivery.also_bought import asks_also_bought, with_also_bought
from streams.delivery.body import Body, read_body, write_body
from streams.delivery.last_look import left_of, products_in


class Products(Protocol):
    """Which products cannot be bought, what is bought together with one, and whether that is known lately enough."""

    def is_gone(self, product: str) -> bool: ...
    def also_bought(self, product: str) -> Sequence[str]: ...
    def is_fresh(self) -> bool: ...
    async def fresh(self, wanted: Callable[[], bool]) -> None: ...


class Looked(NamedTuple):
    """A line as the last look leaves it, and what its body says."""

    line: Delivery
    body: Body


def looked(line: Delivery, products: Products, now_ms: int) -> Looked:
    """The line before its call begins. What others have bought is told it once, when that is known lately enough; until
    then it is not cleared."""
    body = read_body(line.body)
    filled = with_also_bought(body, products.also_bought, products.is_gone) if products.is_fresh() else body
    left = left_of(filled, products.is_gone)
    if left is None:
        return Looked(machine.on_unavailable(line, now_ms), body)
    if left is body:
        return Looked(line, body)
    after = machine.on_looked(line, write_body(left), now_ms, asks=asks_also_bought(body))
    return Looked(after, body if after is line else left)


def can_be_bought(line: Delivery, body: Body, products: Products) -> bool:
    """Whether what the line's body names is there, as it was when the call began; of a body that may have arrived
    before, whether something is."""
    if not products_in(body):
        return True
    if not products.is_fresh() or asks_also_bought(body):
        return False
    left = left_of(body, products.is_gone)
    return left is not None if line.may_have_arrived else left is body
