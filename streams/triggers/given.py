"""A person and an episode as conditions see them, at the due time: what is folded by then, and nothing of later."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from schemas.person import Episode, Person
from schemas.rules.words import DAY_MS
from streams.carts import trigger_lines, value_of
from streams.event_fields import OfEvent
from streams.quantities import THOUSAND


class OfEpisode:
    """The person, the episode and its anchor's event at the episode's due time."""

    __slots__ = ("episode", "event", "person")

    def __init__(self, person: Person, episode: Episode) -> None:
        self.person = person
        self.episode = episode
        self.event = OfEvent(episode.said)

    def value(self, path: str) -> Any:
        """What is behind `person.orders`, `episode.anchor`, `event.url`."""
        return self.event.value(path) if path.startswith("event.") else VALUES[path](self)

    def answer(self, path: str, argument: str | int) -> Any:
        """The answer to `person.orders_in`, with ms, and its like."""
        return ANSWERS[path](self, argument)

    def order_times(self) -> list[int]:
        """When the person has ordered, ascending."""
        return sorted(min(places)[0] for places in self.person.orders.values())


def _days_since(of: OfEpisode, at: int) -> Decimal | None:
    return Decimal(of.episode.due - at) / DAY_MS if at else None


def _days_since_seen(of: OfEpisode) -> Decimal | None:
    """Whoever is here was seen just now."""
    person = of.person
    if person.visits:
        return Decimal(0)
    return None if person.active is None else _days_since(of, person.active.at)


def _mean_gap_days(of: OfEpisode) -> Decimal | None:
    times = of.order_times()
    return Decimal(times[-1] - times[0]) / DAY_MS / (len(times) - 1) if len(times) > 1 else None


def _cart_value(of: OfEpisode) -> Decimal | None:
    """An empty cart is worth nothing; one whose prices are not all known is of unknown worth."""
    return value_of(of.person.cart)[0] if of.person.cart else Decimal(0)


def _cart_quantity(of: OfEpisode) -> Decimal:
    return Decimal(sum([held.quantity for held in of.person.cart.values()])) / THOUSAND


def _lines(of: OfEpisode) -> list[Mapping[str, Any]]:
    _, currency = value_of(of.person.cart)
    return [
        {
            "product_id": line.product_id,
            "quantity": Decimal(str(line.quantity)),
            "unit_price": None if line.unit_price is None else Decimal(line.unit_price),
            "currency": currency,
        }
        for line in trigger_lines(of.person.cart)
    ]


def _orders_in(of: OfEpisode, window: str | int) -> int:
    """Those of (due - window, due]."""
    assert isinstance(window, int)
    return sum([of.episode.due - window < at <= of.episode.due for at in of.order_times()])


VALUES: Mapping[str, Callable[[OfEpisode], Any]] = {
    "person.orders": lambda of: len(of.person.orders),
    "person.days_since_order": lambda of: _days_since(of, of.person.last_order_at),
    "person.days_since_seen": _days_since_seen,
    "person.mean_gap_days": _mean_gap_days,
    "person.traits": lambda of: {name: value for name, (_, _, value) in of.person.traits.items()},
    "person.cart.value": _cart_value,
    "person.cart.quantity": _cart_quantity,
    "episode.anchor": lambda of: of.episode.anchor,
    "episode.due": lambda of: of.episode.due,
    "episode.lines": _lines,
    "episode.value": _cart_value,
    "episode.currency": lambda of: value_of(of.person.cart)[1],
}
"""What is known of a person and an episode, by the name that conditions have for it."""

ANSWERS: Mapping[str, Callable[[OfEpisode, str | int], Any]] = {
    "person.orders_in": _orders_in,
    "person.consent": lambda of, channel: not of.person.opted_out and not of.person.erased,
    "person.cart.has": lambda of, product: product in of.person.cart,
}
"""The same with an argument. Consent is one for all channels so far."""
