"""A person and an episode as conditions see them, at one moment: what is folded by then, and nothing of later."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from schemas.outcomes.decisions import Reason
from schemas.rules.rulebook import Rulebook
from schemas.rules.words import DAY_MS
from schemas.state.cart import Cart
from schemas.state.person import Episode, Person
from schemas.state.standing import Bought
from streams.person import numbers
from streams.person.alive import Bgnbd, revenue_at_risk
from streams.person.carts import trigger_lines, value_of
from streams.person.consent import welcome
from streams.person.money import decimal_of, minor_units
from streams.person.quantities import THOUSAND
from streams.person.rates import NO_RATES, Rates
from streams.person.rhythm import next_order_at
from streams.person.shelves import account_of, standing_of
from streams.policy.outcomes import Refused
from streams.triggers.conditions.condition import Condition
from streams.triggers.event_fields import OfEvent


class OfPerson:
    """The person as it stands at `at`, ms; money in the currency of the rulebook, into which `rates` may lead, consent
    to messages of `category`."""

    __slots__ = ("_bought", "at", "book", "category", "person", "rates")

    def __init__(
        self, person: Person, at: int, book: Rulebook, category: str = "marketing", rates: Rates = NO_RATES
    ) -> None:
        self.category = category
        self.person = person
        self.at = at
        self.book = book
        self.rates = rates
        self._bought: list[Bought] | None = None

    def value(self, path: str) -> Any:
        """What is behind `person.orders`."""
        return VALUES[path](self)

    def answer(self, path: str, argument: str | int) -> Any:
        """The answer to `person.orders_in`, with ms, and its like."""
        return ANSWERS[path](self, argument)

    def bought(self) -> list[Bought]:
        """The purchases that count, in the order of time: looked for once."""
        if self._bought is None:
            self._bought = numbers.purchases(self.person)
        return self._bought

    def bought_in(self, window: str | int) -> list[Bought]:
        """Those of (at - window, at]."""
        assert isinstance(window, int)
        return numbers.within(self.bought(), self.at, window)

    def alive(self) -> float | None:
        """P(alive)."""
        shop = self.book.bgnbd
        return numbers.alive(
            self.bought(), self.at, None if shop is None else Bgnbd(shop.r, shop.alpha, shop.a, shop.b)
        )

    def spend(self, window: str | int) -> int | None:
        """What they come to, in minor units; None if that is not known."""
        return numbers.spend(self.bought_in(window), self.book.currency, self.rates)

    def money(self, units: int | None) -> Decimal | None:
        """Minor units as people say them."""
        return None if units is None else decimal_of(units, self.book.currency)


class OfEpisode(OfPerson):
    """The person, the episode and its anchor's event at the episode's due time; messages are those of `category`.
    `shown` is what the trigger will show: the cart, or what was ordered."""

    __slots__ = ("episode", "event", "shown")

    def __init__(
        self, person: Person, episode: Episode, shown: Cart, book: Rulebook, category: str, rates: Rates = NO_RATES
    ) -> None:
        super().__init__(person, episode.due, book, category, rates)
        self.shown = shown
        self.episode = episode
        self.event = OfEvent(episode.said)

    def value(self, path: str) -> Any:
        """What is behind `person.orders`, `episode.anchor`, `event.url`."""
        if path.startswith("event."):
            return self.event.value(path)
        return OF_EPISODES[path](self) if path in OF_EPISODES else VALUES[path](self)


def _days_since(of: OfPerson, at: int) -> Decimal:
    return Decimal(of.at - at) / DAY_MS


def _days_since_order(of: OfPerson) -> Decimal | None:
    bought = of.bought()
    return _days_since(of, bought[-1].at) if bought else None


def _days_since_seen(of: OfPerson) -> Decimal | None:
    """Whoever is here was seen just now."""
    person = of.person
    if person.visits:
        return Decimal(0)
    return None if person.active is None else _days_since(of, person.active.at)


def _mean_gap_days(of: OfPerson) -> Decimal | None:
    bought = of.bought()
    gaps = numbers.number(bought) - 1
    return Decimal(bought[-1].at - bought[0].at) / DAY_MS / gaps if gaps > 0 else None


def _p_alive(of: OfPerson) -> Decimal | None:
    alive = of.alive()
    return None if alive is None else Decimal(repr(alive))


def at_risk(of: OfPerson) -> Decimal | None:
    """What is lost of the spend of the last 365 days if the person has stopped; None if either is unknown."""
    alive, spend = of.alive(), of.spend(numbers.YEAR_MS)
    return None if alive is None or spend is None else of.money(revenue_at_risk(alive, max(0, spend)))


def _cart_value(of: OfPerson) -> Decimal | None:
    """An empty cart is worth nothing; one whose prices are not all known is of unknown worth. So is one in another
    currency than the rulebook's, if that names one, of which no rate is in force."""
    if not of.person.cart:
        return Decimal(0)
    value, currency = value_of(of.person.cart)
    into = of.book.currency
    if value is None or into is None or currency == into:
        return value
    return of.money(of.rates.changed(minor_units(value, currency), currency, into, of.at))


def _episode_value(of: OfEpisode) -> Decimal | None:
    """As the trigger will say it, in `episode.currency`."""
    return value_of(of.shown)[0] if of.shown else Decimal(0)


def _cart_quantity(of: OfPerson) -> Decimal:
    return Decimal(sum([held.quantity for held in of.person.cart.values()])) / THOUSAND


def _lines(of: OfEpisode) -> list[Mapping[str, Any]]:
    _, currency = value_of(of.shown)
    return [
        {
            "product_id": line.product_id,
            "quantity": Decimal(str(line.quantity)),
            "unit_price": None if line.unit_price is None else Decimal(line.unit_price),
            "currency": currency,
        }
        for line in trigger_lines(of.shown)
    ]


def _window(argument: str | int) -> int:
    assert isinstance(argument, int)
    return argument


def _consent(of: OfPerson, channel: str | int) -> bool:
    """Whether a message on that channel would be welcome by the latest word on it, and by what the channel needs."""
    assert isinstance(channel, str)
    person, needs = of.person, of.book.consent_on(channel)
    return not person.erased and welcome(person, channel, of.category, needs)


VALUES: Mapping[str, Callable[[OfPerson], Any]] = {
    "person.orders": lambda of: numbers.number(of.bought()),
    "person.days_since_order": _days_since_order,
    "person.days_since_seen": _days_since_seen,
    "person.mean_gap_days": _mean_gap_days,
    "person.traits": lambda of: {name: value for name, (_, _, value) in account_of(of.person).traits.items()},
    "person.next_order_at": lambda of: next_order_at(numbers.times(of.bought())),
    "person.p_alive": _p_alive,
    "person.revenue_at_risk": at_risk,
    "person.segment": lambda of: list(standing_of(of.person).segments),
    "person.stage": lambda of: standing_of(of.person).stage or None,
    "person.tier": lambda of: standing_of(of.person).tier or None,
    "person.last_channel": lambda of: numbers.last_channel(of.person),
    "person.cart.value": _cart_value,
    "person.cart.quantity": _cart_quantity,
}
"""What is known of a person, by the name that conditions have for it."""

OF_EPISODES: Mapping[str, Callable[[OfEpisode], Any]] = {
    "episode.anchor": lambda of: of.episode.anchor,
    "episode.due": lambda of: of.episode.due,
    "episode.lines": _lines,
    "episode.value": _episode_value,
    "episode.currency": lambda of: value_of(of.shown)[1],
}
"""The same of an episode."""

ANSWERS: Mapping[str, Callable[[OfPerson, str | int], Any]] = {
    "person.orders_in": lambda of, window: numbers.number(of.bought_in(window)),
    "person.spend_in": lambda of, window: of.money(of.spend(window)),
    "person.aov_in": lambda of, window: of.money(numbers.average(of.bought_in(window), of.book.currency, of.rates)),
    "person.visits_in": lambda of, window: numbers.visits(of.person, of.at, _window(window)),
    "person.views_in": lambda of, window: numbers.views(of.person, of.at, _window(window)),
    "person.consent": _consent,
    "person.cart.has": lambda of, product: product in of.person.cart,
}
"""The same with an argument."""


def not_held(conditions: Iterable[Condition], given: OfEpisode) -> Refused | None:
    """What the first of them that does not hold has against the episode, and why it could not be judged if so."""
    for condition in conditions:
        held, failure = condition.judge(given)
        if not held:
            return Refused(Reason.CONDITION, {} if failure is None else {"failure": failure})
    return None
