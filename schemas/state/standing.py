"""What is kept of a person for the numbers of conditions, and what the person was found to be by them."""

from msgspec import Struct, field


class Visited(Struct, frozen=True, array_like=True, gc=False):
    """Visits that are over, and the product views of them. They count at `at`, the last click of the last of them."""

    at: int
    visits: int
    views: int


class Bought(Struct, frozen=True, array_like=True, gc=False):
    """Purchases of one day of which no more is kept: how many, and what they come to in `currency`, minor units; None
    if that is not known. They count at `at`, the time of the last of them."""

    at: int
    orders: int
    amount: int | None
    currency: str | None


class Standing(Struct, array_like=True, gc=False):
    """What the person was found to be at `at`: the `segments`, the `stage` and the `tier`, "" for none, by the groups
    of a rulebook, whose version is `by`, "" for as long as nobody has looked. `looked` is the last daily look.
    `marks` are what rules have found that look at a person day by day, by their ids."""

    by: str = ""
    at: int = 0
    looked: int = 0
    segments: tuple[str, ...] = ()
    stage: str = ""
    tier: str = ""
    marks: dict[str, str] = field(default_factory=dict)
