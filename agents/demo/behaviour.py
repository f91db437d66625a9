"""What a behaviour is: a short story, and how often it is seen."""

from collections.abc import Callable
from dataclasses import dataclass

from agents.demo.shopper import Shopper


@dataclass(slots=True, frozen=True)
class Behaviour:
    """`weight` is how often it is seen; `first_s` when the first shopper who does it comes."""

    act: Callable[[Shopper], None]
    weight: int
    first_s: float
