"""The last look of a delivery at its products: what others have bought comes in, what cannot be bought goes out."""

from collections.abc import Callable, Sequence
from typing import Protocol

from schemas.outcomes.deliveries import Delivery
from streams.delivery import delivery as machine
from streams.delivery.also_bought import asks_also_bought, with_also_bought
from streams.delivery.last_look import left_of, products_in


class Products(Protocol):
    """Which products cannot be bought, what is bought together with one, and whether that is known lately enough."""

    def is_gone(self, product: str) -> bool: ...
    def also_bought(self, product: str) -> Sequence[str]: ...
    def is_fresh(self) -> bool: ...
    async def fresh(self, wanted: Callable[[], bool]) -> None: ...


def looked(line: Delivery, products: Products, now_ms: int) -> Delivery:
    """The line before its call begins. What others have bought is told it once, when that is known lately enough; until
    then it is not cleared."""
    body = line.body
    if products.is_fresh():
        body = with_also_bought(body, products.also_bought, products.is_gone, machine.PAYLOAD_BYTES_MAX)
    return machine.on_looked(line, left_of(body, products.is_gone), now_ms)


def can_be_bought(line: Delivery, products: Products) -> bool:
    """Whether what the body names is there, as it was when the call began; of a body that was sent before, whether
    something is."""
    if not products_in(line.body):
        return True
    if not products.is_fresh() or asks_also_bought(line.body):
        return False
    left = left_of(line.body, products.is_gone)
    return left is not None if line.attempts > 1 else left == line.body
