"""The clicks of a visit that W has not passed: their order may change still, and what they name may be news or not."""

from collections.abc import Sequence

from mypy_extensions import mypyc_attr


@mypyc_attr(acyclic=True)
class FreshClick:
    """A click that W has not passed, or the last naming that it has: its time, ms, and its id; whom it names, None for
    nobody, and whether that was told as a link (`is_link`). A batch has one for each of its clicks, so they are small:
    tuples of the same take three times as much."""

    __slots__ = ("at", "customer", "event_id", "is_link")

    def __init__(self, at: int, event_id: str, customer: str | None = None, is_link: bool = False) -> None:
        self.at = at
        self.event_id = event_id
        self.customer = customer
        self.is_link = is_link

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, FreshClick)
            and (self.at, self.event_id) == (other.at, other.event_id)
            and (self.customer, self.is_link) == (other.customer, other.is_link)
        )


def place_of(click: FreshClick) -> tuple[int, str]:
    """Where the click stands among a visitor's: its time, and its id among those of one instant."""
    return click.at, click.event_id


def time_of(click: FreshClick) -> int:
    """The click's time, ms."""
    return click.at


def as_namings(clicks: Sequence[FreshClick]) -> list[tuple[int, str, str | None, bool]]:
    """Clicks that name a customer as they stand in the record."""
    return [(click.at, click.event_id, click.customer, click.is_link) for click in clicks]


def as_places(clicks: Sequence[FreshClick]) -> list[tuple[int, str]]:
    """Clicks as they stand in the record, by their places."""
    return [(click.at, click.event_id) for click in clicks]
