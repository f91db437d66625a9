"""What marketers read: each rule in plain language."""

import datetime as dt

import pytest
from pydantic import ValidationError

from schemas.rules.base import RuleBase
from schemas.rules.text import BYTES_MAX, RulebookRefused, rulebook_from_text
from schemas.rules.words import DAY_MS, HOUR_MS, MINUTE_MS, duration_words, moment_ms, share, share_text
from tests.world import rule, rulebook

CART = "cart_abandonment"
LEFT = "An hour after the last change of a cart, or the last step of its checkout, unless they order or empty it."


def reading(kind: str, **fields: object) -> str:
    """The rule of that kind in plain language."""
    said = {name: value for name, value in rule(kind, **fields).items() if value is not None}
    return rulebook(said).rules[0].reading


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (MINUTE_MS, "a minute"),
        (90 * MINUTE_MS, "90 minutes"),
        (HOUR_MS, "an hour"),
        (36 * HOUR_MS, "36 hours"),
        (DAY_MS, "a day"),
        (30 * DAY_MS, "30 days"),
        (90_000, "90 seconds"),
        (1500, "1500 ms"),
    ],
)
def test_durations_are_said_as_people_say_them(ms: int, words: str) -> None:
    """By the largest unit that is whole."""
    assert duration_words(ms) == words


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        (
            "birthday",
            {"wait": None, "lead": "7d"},
            "7 days before the day in traits.birthday, every year, at 09:00 of their own time.",
        ),
        (
            "anniversary",
            {"wait": None, "every": "once", "at": "20:15", "leap": "mar1"},
            (
                "On the day of their first order, once, at 20:15 of their own time; of 29 February in other years on "
                "1 March."
            ),
        ),
        ("form_submitted", {"wait": "0s"}, "At once after each form that they send."),
        (
            "visit_summary",
            {"wait": "0s"},
            (
                "At once after they ask for what they looked at. It is transactional: marketing's opt-outs do not "
                "concern it."
            ),
        ),
        (
            "subscription_ending",
            {"wait": "1d"},
            "A day after a subscription was cancelled, unless it is renewed.",
        ),
        (
            "sequence",
            {
                "after": {"event": "order"},
                "wait": "1d",
                "unless": [{"event": "order"}, {"event": "custom:came_by"}],
                "if": "person.orders < 3",
            },
            "A day after the latest purchase, unless they order or the event came_by comes. Only if person.orders < 3.",
        ),
        (
            "sequence",
            {
                "after": {"event": "custom:quote_sent", "where": "event.properties.total > 100"},
                "wait": "2h",
                "unless": ["custom:quote_accepted", {"event": "order", "where": "event.total > 100"}],
                "same": "quote_id",
                "steps": [{"wait": "0s"}, {"wait": "1d"}],
                "expires_after": "3h",
            },
            (
                "2 hours after the latest event quote_sent of each properties.quote_id with event.properties.total > "
                "100, unless the event quote_accepted of the same comes or a purchase with event.total > 100 comes. "
                "Again after a day, until they order. Each step goes within 3 hours of when it is due, or not at all."
            ),
        ),
        (
            "welcome",
            {"wait": "0s"},
            "At once after they first subscribed, registered or gave consent. Only if person.orders == 0.",
        ),
        (
            "search_abandonment",
            {},
            (
                "An hour after the end of a visit in which they searched or looked at a list, and at no product, "
                "unless they put something into the cart or order."
            ),
        ),
        (
            "low_stock",
            {"wait": "0s", "if": "person.cart.value > 20"},
            (
                "At once when no more than 5 are left of a product in their cart, unless they take it out or order. "
                "Only if person.cart.value > 20."
            ),
        ),
        (
            "back_in_stock",
            {"wait": "0s", "min_stock": 3},
            (
                "At once when a product that was unavailable has at least 3 pieces again: to those who asked for it, "
                "in the order of asking and at most 1 for each piece; unless they have bought it since."
            ),
        ),
        (
            "replenishment",
            {"wait": None, "cycles": {"coffee": "30d", "filters": "90d"}, "default_cycle": "45d"},
            (
                "When they run out of a product, unless they buy it or a substitute, or it is cancelled or refunded: "
                "by the median of their own gaps from three purchases on, else 30 days of coffee and 90 days of "
                "filters, else what the catalogue says, else the median of all buyers, else 45 days."
            ),
        ),
        (
            "replenishment",
            {"wait": None, "cycles": {"a": "1d", "b": "2d", "c": "3d", "d": "4d"}},
            (
                "When they run out of a product, unless they buy it or a substitute, or it is cancelled or refunded: "
                "by the median of their own gaps from three purchases on, else what is named of each of 4 products, "
                "else what the catalogue says, else the median of all buyers."
            ),
        ),
        (
            CART,
            {},
            LEFT,
        ),
        (
            CART,
            {"min_cart_value": "50 EUR", "cool_down": "7d", "destination": "esp"},
            (
                "An hour after the last change of a cart worth at least 50 EUR, or the last step of its checkout, "
                "unless they order or empty it. "
                "At most once in 7 days to one person. It goes to 'esp'."
            ),
        ),
        (
            CART,
            {"channels": ["sms", "email"], "priority": 2, "holdout": False, "guard": {"max": 500, "per": "1h"}},
            (
                f"{LEFT} "
                "On the first of sms, email that is welcome. "
                "Its priority is 2 where several are due to a person at once. Also to those who are held out. "
                "After more than 500 in an hour not at all, until it is released."
            ),
        ),
        (
            CART,
            {"channel": "email", "category": "transactional"},
            (f"{LEFT} On email. It is transactional: marketing's opt-outs do not concern it."),
        ),
        (
            "checkout_abandonment",
            {"wait": "30m"},
            "30 minutes after the last step of a checkout, unless they order or empty the cart.",
        ),
        (
            "browse_abandonment",
            {"min_views": 2, "expires_after": "1d"},
            (
                "An hour after the end of a visit in which they viewed at least 2 products, unless they put something "
                "into the cart or order. It goes within a day of when it is due, or not at all."
            ),
        ),
        (
            "exit_intent",
            {"min_views": 1},
            (
                "At once when they move to leave with a cart, or after a product view, once a visit, unless they have "
                "ordered in it."
            ),
        ),
        (
            "exit_intent",
            {},
            (
                "At once when they move to leave with a cart, or after 3 product views, once a visit, unless they have "
                "ordered in it."
            ),
        ),
        (
            CART,
            {
                "steps": [{"wait": "0s"}, {"wait": "24h"}, {"wait": "72h"}],
                "stop_on": ["order", "visit"],
                "deadline": "7d",
            },
            (
                f"{LEFT} Again after a day, then after "
                "3 days, until they order or they come back. Nothing of it comes later than 7 days after what it "
                "counts from."
            ),
        ),
        ("inactivity", {"wait": "30d"}, "30 days after their last click or order, unless they come back."),
        ("lapse", {"wait": "90d"}, "90 days after their last order, unless they order again."),
        (
            "lapse",
            {"effective_from": "2026-11-01", "canary": "10%", "shadow": True},
            (
                "An hour after their last order, unless they order again. What counts from before "
                "2026-11-01 never fires. Only for 10% of the persons; for the others the version "
                "before goes on. As a shadow: it is decided, and nothing is sent."
            ),
        ),
    ],
)
def test_each_kind_says_what_it_does(kind: str, fields: dict[str, object], said: str) -> None:
    """When, unless what, and within which limits."""
    assert reading(kind, **fields) == said


def test_a_kind_without_words_of_its_own_reads_its_fields() -> None:
    """A new one is not mute."""

    class Sneezed(RuleBase):
        times: int = 3
        nowhere: str | None = None

    assert (
        Sneezed(id="x", kind="sneezed_loudly").reading
        == "Sneezed loudly: times 3. It goes within a day of when it is due, or not at all."
    )


@pytest.mark.parametrize("said", ["2026-11-01", dt.date(2026, 11, 1), "2026-11-01T02:00:00+02:00"])
def test_a_moment_is_a_date_or_a_time_with_its_offset(said: object) -> None:
    """A date is its first instant, UTC."""
    assert moment_ms(said) == 1_793_491_200_000


@pytest.mark.parametrize("said", ["2026-11-01T02:00:00", "soon", 7, None, True])
def test_what_is_no_moment_is_refused_with_the_mend(said: object) -> None:
    """A time without its offset is none."""
    with pytest.raises(ValueError, match="write a date, or a time with its offset"):
        moment_ms(said)


@pytest.mark.parametrize(("said", "is_"), [("10%", 1000), ("0.5 %", 50), ("99.99%", 9999), ("0.01%", 1)])
def test_a_share_is_percent(said: str, is_: int) -> None:
    """In ten-thousandths."""
    assert share(said) == is_
    assert share(share_text(is_)) == is_


@pytest.mark.parametrize("said", ["0%", "100%", "0.001%", "10", 10, "-5%", None])
def test_none_and_all_are_no_shares(said: object) -> None:
    """A rule for all is no canary, and one for nobody is no rule."""
    with pytest.raises(ValueError, match="above 0% and below 100%"):
        share(said)


def test_the_mistake_is_named_with_its_place() -> None:
    """As any other of a rulebook."""
    text = "name: x\nrules:\n  - id: cart\n    kind: cart_abandonment\n    wait: 1h\n    canary: 10\n"
    with pytest.raises(RulebookRefused, match="canary: 10 is no share"):
        rulebook_from_text(text, "x.yaml")
    with pytest.raises(ValidationError):
        rulebook(rule(CART, effective_from="soon"))


def test_a_rulebook_has_a_size() -> None:
    """Else a partition could not record it."""
    rules = "".join(f"  - {{id: cart{number}, kind: cart_abandonment, wait: 60m}}\n" for number in range(2000))
    with pytest.raises(RulebookRefused, match=f"at most {BYTES_MAX} bytes"):
        rulebook_from_text("name: x\nrules:\n" + rules, "x.yaml")
