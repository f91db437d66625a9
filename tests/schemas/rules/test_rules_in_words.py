"""What marketers read: each rule in plain language, and what differs between two rulebooks."""

import datetime as dt

import pytest
from pydantic import ValidationError

from schemas.rules.base import RuleBase
from schemas.rules.difference import Difference, differences
from schemas.rules.rulebook import Rulebook
from schemas.rules.text import BYTES_MAX, RulebookRefused, rulebook_from_text
from schemas.rules.words import DAY_MS, HOUR_MS, MINUTE_MS, duration_words, moment_ms, share, share_text
from tests.world import rule, rulebook

CART = "cart_abandonment"


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
            "A day after the latest purchase, unless they order or came by comes. Only if person.orders < 3.",
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
            ("At once when no more than 5 are left of a product in their cart. Only if person.cart.value > 20."),
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
        (CART, {}, "An hour after the last change of a cart, unless they order or empty it."),
        (
            CART,
            {"min_cart_value": "50 EUR", "cool_down": "7d", "destination": "esp"},
            (
                "An hour after the last change of a cart worth at least 50 EUR, unless they order or empty it. "
                "At most once in 7 days to one person. It goes to 'esp'."
            ),
        ),
        (
            CART,
            {"channels": ["sms", "email"], "priority": 2, "holdout": False, "guard": {"max": 500, "per": "1h"}},
            (
                "An hour after the last change of a cart, unless they order or empty it. "
                "On the first that is welcome of sms, email. "
                "Its priority is 2 where several are due to a person at once. Also to those who are held out. "
                "After more than 500 in an hour not at all, until it is released."
            ),
        ),
        (
            CART,
            {"channel": "email", "category": "transactional"},
            (
                "An hour after the last change of a cart, unless they order or empty it. On email. "
                "It is transactional: marketing's opt-outs do not concern it."
            ),
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
                "into the cart or order. Not later than a day after that."
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
                "An hour after the last change of a cart, unless they order or empty it. Again after a day, then after "
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
                "2026-11-01T00:00:00.000+00:00 never fires. Only for 10% of the persons; for the others the version "
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

    assert Sneezed(id="x", kind="sneezed_loudly").reading == "Sneezed loudly: times 3. Not later than a day after that."


def test_a_difference_is_told_rule_by_rule() -> None:
    """Settings, what is added, changed from what to what, and removed."""
    before = rulebook(rule(CART, cool_down="7d"), rule("lapse"), session_gap="30m")
    after = rulebook(rule("exit_intent"), rule(CART, wait="45m"), session_gap="20m", ladder=True)
    assert list(differences(before, after)) == [
        Difference(
            None,
            "changed",
            (
                "session_gap: 30 minutes becomes 20 minutes (visits that are open go by the new gap from then on)",
                "ladder: no becomes yes",
            ),
        ),
        Difference("exit_intent", "added", (), after.rules[0].reading),
        Difference(
            CART,
            "changed",
            ("cool_down: 7 days becomes off", "wait: an hour becomes 45 minutes"),
            after.rules[1].reading,
        ),
        Difference("lapse", "removed", ("what waits for it ends with `rule_gone`",)),
    ]


def test_equal_rulebooks_differ_in_nothing() -> None:
    """However they are written."""
    book = rulebook(rule(CART))
    again = Rulebook.model_validate_json(book.canonical)
    assert list(differences(book, again)) == []
    assert (again, again.version) == (book, book.version)
    assert rulebook(rule(CART, wait="61m")).version != book.version


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
