"""Bytes to models and back: what the wire says, exactly."""

from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import ValidationError

from schemas.base import ms_from_rfc3339, rfc3339_from_ms
from schemas.events.clicks import Click, ClickType
from schemas.events.engagements import Engagement, EngagementType
from schemas.events.orders import Order
from schemas.facts.profile_facts import (
    CartChanged,
    CartLine,
    CheckoutReached,
    ConsentChanged,
    ErasureAsked,
    ExitSignalled,
    ExitSpoken,
    Fact,
    Inherited,
    Linked,
    OrderPlaced,
    Recalled,
    Receipt,
    SessionClosed,
    SessionOpened,
    VisitLeft,
    Withdrawn,
)
from schemas.outcomes.decisions import Reason, Verdict
from schemas.reading.refusals import Rejected, Unknown
from schemas.reading.wire import read_click, read_engagement, read_fact, read_order, write_fact
from schemas.state.cart import Held
from schemas.state.person import Activity, Episode, Fired, Person
from schemas.state.shelves import Dealings, Presence, Spoke
from streams.triggers.kinds import ROWS

FULL = {
    "event_id": "e1",
    "type": "cart_item_added",
    "occurred_at": "2025-06-02T10:00:00.250+02:00",
    "visitor_id": "phone",
    "customer_id": "ada",
    "sent_at": 1748851201000,
    "session_id": "s",
    "url": "https://shop.example/mug",
    "referrer": "https://example.org",
    "product_id": "mug",
    "quantity": 2,
    "price": "19.90",
    "currency": "EUR",
    "category": "kitchen",
    "query": "mug",
    "cart_id": "k",
    "order_id": "O",
    "exit_kind": "mouse_leave",
    "name": "any",
    "lines": [{"product_id": "mug", "quantity": 2, "price": 19.9}, {"product_id": "pot", "unit_price": "5"}],
    "traits": {"plan": "gold"},
    "properties": {"deep": [1, {"a": None}]},
}


def test_every_field_of_a_click_is_read() -> None:
    """Times in ms, UTC; money exact, from a number or a string; lines under both spellings of the price."""
    click = read_click(orjson.dumps(FULL))
    assert isinstance(click, Click)
    assert (click.occurred_at, click.sent_at) == (1748851200250, 1748851201000)
    assert (click.price, click.quantity, click.currency) == (Decimal("19.90"), 2, "EUR")
    assert click.lines is not None
    assert [(line.product_id, line.quantity, str(line.unit_price)) for line in click.lines] == [
        ("mug", 2, "19.9"),
        ("pot", 1, "5"),
    ]
    assert click.model_dump(include={"traits", "properties"}) == {
        "traits": FULL["traits"],
        "properties": FULL["properties"],
    }


@pytest.mark.parametrize("kind", list(ClickType))
def test_every_type_of_click_is_read(kind: ClickType) -> None:
    """With the fields that the semantics names."""
    click = read_click(orjson.dumps({**FULL, "type": kind.value}))
    assert isinstance(click, Click)
    assert click.type is kind


@pytest.mark.parametrize("kind", ["order_placed", "order_updated", "order_cancelled", "order_refunded"])
def test_every_type_of_order_is_read(kind: str) -> None:
    """One customer or one visitor suffices."""
    for owner in ({"customer_id": "ada"}, {"visitor_id": "phone"}):
        said = {"event_id": "o", "type": kind, "order_id": "O", "occurred_at": 1, **owner}
        assert isinstance(read_order(orjson.dumps(said)), Order)


@pytest.mark.parametrize("kind", list(EngagementType))
def test_every_type_of_engagement_is_read(kind: EngagementType) -> None:
    """Consent, erasure, and how messages fared."""
    said = {"event_id": "e", "type": kind.value, "occurred_at": 1, "customer_id": "ada"}
    assert isinstance(read_engagement(orjson.dumps(said)), Engagement)


def test_an_engagement_belongs_to_somebody() -> None:
    """Whose consent?"""
    said = {"event_id": "e", "type": "opted_out", "occurred_at": 1}
    assert isinstance(read_engagement(orjson.dumps(said)), Rejected)


def test_a_record_of_an_unknown_type_has_to_say_who_and_when() -> None:
    """A new type whose record is not identified is a broken record; its details may be what they like."""
    assert isinstance(read_click(orjson.dumps({**FULL, "type": "new"})), Unknown)
    assert isinstance(read_click(orjson.dumps({**FULL, "type": "new", "quantity": "x"})), Unknown)
    assert isinstance(read_click(orjson.dumps({**FULL, "type": "new", "occurred_at": "now"})), Rejected)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2025-06-02T08:00:00.1239Z", 1748851200123),
        ("2025-06-02T08:00:00,5Z", 1748851200500),
        ("2025-06-02T13:30:00+05:30", 1748851200000),
        ("2025-06-02T02:30:00-05:30", 1748851200000),
    ],
    ids=["epoch", "microseconds_are_cut", "comma", "east", "west"],
)
def test_times_are_read_to_the_millisecond(text: str, ms: int) -> None:
    """In any offset."""
    assert ms_from_rfc3339(text) == ms


@given(st.integers(0, 253_402_300_799_999))
def test_every_instant_survives_the_way_out_and_in(ms: int) -> None:
    """Up to the last that RFC 3339 can write."""
    assert ms_from_rfc3339(rfc3339_from_ms(ms)) == ms


def test_a_time_without_an_offset_is_refused_with_the_mend() -> None:
    """A guess would be hours wrong."""
    with pytest.raises(ValueError, match=r"no offset; write .*Z"):
        ms_from_rfc3339("2025-06-02T08:00:00")


PERSON = Person(
    cart={"mug": Held(2, 1990, "EUR", 5)},
    orders={"O": ((3, 1, "o"), (4, 0, "p"))},
    active=Activity(5, "e", "phone", None),
    visits={"phone": 1},
    visitors=["phone"],
    presence=Presence(exits={"phone": 4}),
    viewed=("mug",),
    episodes=[Episode("cart", "v", "cart_abandonment", 5, 9, "e", "phone", "phone", 1, ("mug",))],
    fired=[Fired("T", "v:phone", "cart", "v", "cart_abandonment", 5, 9, 9, None, True, True)],
    dealings=Dealings(spoke={"cart": Spoke(5, 9)}),
    opted_out=True,
    erased=True,
)
FACTS: list[Fact] = [
    SessionOpened(1, "e", "phone", seen=False),
    SessionClosed(40, "e", "phone", 1, 10, 2, 1, ("mug",), (0, 9), ((9, "d"), (9, "e"))),
    CartChanged(1, "e", "phone", "set", (CartLine("mug", 2, 1990, "EUR"), CartLine("pot", 1))),
    CheckoutReached(1, "e", "phone"),
    OrderPlaced(1, "e", None, "O", on_site=False),
    ExitSignalled(1, "e", "phone", 0, 3, ("mug",), 7),
    Linked(1, "e", "phone", "ada", on_site=True),
    VisitLeft(40, "e", "phone", 9),
    ExitSpoken(1, "e", "phone"),
    Inherited(1, "e", "phone", on_site=False, person=PERSON),
    Withdrawn(1, "e", (1, 0, "e", 2)),
    ConsentChanged(1, "e", given=False),
    ErasureAsked(1, "e", spread=True),
    Recalled(1, "e", "ordered"),
    Receipt(1, "e", "T", "delivered"),
]


@pytest.mark.parametrize("fact", FACTS, ids=[fact.fact for fact in FACTS])
def test_a_fact_survives_the_way_between_the_stages(fact: Fact) -> None:
    """Whole, with everything that a person is."""
    assert read_fact(write_fact(fact)) == fact


def test_a_fact_that_nobody_of_ours_wrote_ends_the_process() -> None:
    """Only our stages write to the inbox."""
    with pytest.raises(ValidationError):
        read_fact(b'{"fact":"cart_changed"}')


def test_reasons_and_verdicts_are_plain_words() -> None:
    """They are labels in metrics and keys in documentation."""
    for word in (*Reason, *Verdict, *ROWS):
        assert str(word).replace("_", "").isalpha()
        assert str(word) == str(word).lower()
