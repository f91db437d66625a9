"""A profile's record: what the changelog holds is what lives."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.facts.profile_facts import CartChanged, CartLine, OrderPlaced
from schemas.state.profile import HERE, Entry, Profile
from streams.profiles.profile import known_person, note, ordered_at, own_facts, withdraw
from streams.profiles.profile_record import decode, encode
from streams.visits.visitor_record import decode as decode_visitor
from streams.visits.visitor_record import encode as encode_visitor
from tests.oracle.shop_worlds import world as shop_world
from tests.properties.batch import arrivals, plain_rulebook
from tests.streams.durable import DurableReplay

MUG = (CartLine("mug", 1, 1990, "EUR"),)
BOOK = plain_rulebook("2d")


def put(at: int, event_id: str = "e") -> CartChanged:
    """A mug into the cart."""
    return CartChanged(at, event_id, "phone", "add", MUG)


@pytest.mark.parametrize("seed", [5, 23], ids="seed{}".format)
def test_every_record_of_a_living_shop_survives_the_way_to_the_changelog_and_back(seed: int) -> None:
    """Profiles with carts, journals, links, episodes and previews; visitors with open visits."""
    shop = shop_world(seed, people=8, days=3)
    replay = DurableReplay(BOOK, 30 * 60_000)
    written: set[bytes] = set()
    seen: Counter[str] = Counter()
    for number, arrival in enumerate(arrivals(shop.clicks, shop.orders)):
        replay.feed(*arrival.fed())
        if number % 5 == 0:
            for of, changelog in replay.changelogs.items():
                for value in {value for key, value in changelog.items() if not key.startswith(b"\x00")} - written:
                    written.add(value)
                    held: Profile | bytes | None = value
                    if of == "sessions":
                        assert encode_visitor(decode_visitor(value)) == value
                        held = decode_visitor(value).profile
                    if isinstance(held, bytes):
                        assert encode(decode(held)) == held
                        seen[of] += bool(decode(held).journal)
    print(seen)
    assert min(seen["sessions"], seen["customers"]) > 30, "hardly any journal was looked at"


@given(
    st.permutations([put(at, event_id) for at in (1, 2) for event_id in "ab"] + [OrderPlaced(2, "a", None, "O", False)])
)
@settings(max_examples=60)
def test_the_journal_is_in_the_order_of_events_whatever_the_order_of_arrival(facts: list[CartChanged]) -> None:
    """Time, click before order, id."""
    profile = Profile()
    assert all(note(profile, Entry(fact)) for fact in facts)
    places = [entry.fact.place()[:3] for entry in profile.journal]
    assert places == [(1, 0, "a"), (1, 0, "b"), (2, 0, "a"), (2, 0, "b"), (2, 1, "a")]


def test_a_fact_is_noted_once() -> None:
    """The fast lane and the slow one may both bring it."""
    profile = Profile()
    assert note(profile, Entry(put(1)))
    assert not note(profile, Entry(put(1)))
    assert len(profile.journal) == 1


def test_what_was_forwarded_is_kept_but_not_ones_own() -> None:
    """Until W has passed it, it could still be called back."""
    profile = Profile()
    note(profile, Entry(put(1, "a"), to="ada"))
    note(profile, Entry(put(1, "b"), to=HERE))
    assert [fact.event_id for fact in own_facts(profile)] == ["b"]
    assert list(known_person(profile, put(9).place()).cart) == ["mug"]


def test_a_withdrawn_fact_leaves_no_trace() -> None:
    """It was meant for somebody else."""
    profile = Profile()
    note(profile, Entry(put(1)))
    withdraw(profile, put(1).place())
    assert profile.journal == []


def test_what_is_known_is_the_fold_and_the_journal() -> None:
    """The cart up to a moment, and the latest purchase at all."""
    profile = Profile()
    for fact in (put(1, "a"), put(3, "b"), OrderPlaced(5, "c", None, "O", False)):
        note(profile, Entry(fact))
    quantities = [
        {product: held.quantity for product, held in known_person(profile, put(at, "z").place()).cart.items()}
        for at in (0, 2, 4, 6)
    ]
    assert quantities == [{}, {"mug": 1}, {"mug": 2}, {}]
    assert ordered_at(profile, others=False) == 5
