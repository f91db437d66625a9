"""How many facts may wait in a profile's journal, and what becomes of those that count early."""

import pytest
from msgspec.structs import replace

from schemas.facts.profile_facts import CLICK, ITSELF, LINKING
from schemas.state.person import Activity, Person
from schemas.state.profile import Entry, Profile
from streams.limits import ID_BYTES_MAX, RECORD_BYTES_MAX
from streams.profiles.profile import note
from streams.profiles.profile_record import encode
from streams.profiles.waiting import CUSTOMER_JOURNAL_BYTES_MAX, VISITOR_JOURNAL_BYTES_MAX, entry_bytes
from streams.profiles.walk import fold_early
from tests.streams.wide import added, case, cuts, wide
from tests.world import World, rule, rulebook


def full_of(facts: int) -> Profile:
    """A profile in whose journal so many changes of a cart wait."""
    profile = Profile()
    for number in range(facts):
        note(profile, Entry(added(number, wide(number))))
    return profile


@pytest.mark.parametrize(
    ("key", "limit"), [("c:ada", CUSTOMER_JOURNAL_BYTES_MAX), ("v:phone", VISITOR_JOURNAL_BYTES_MAX)]
)
def test_when_too_much_waits_the_oldest_facts_are_folded_early(key: str, limit: int) -> None:
    """Within the limit nothing happens; beyond it no more than needed, and all of it counts."""
    profile = full_of(100)
    one = case(profile.person, key)
    fold_early(one, profile, lambda key, fact: None)
    assert (len(profile.journal), cuts(one)) == (100, {})
    profile = full_of(400)
    one = case(profile.person, key)
    fold_early(one, profile, lambda key, fact: None)
    waiting = sum(entry_bytes(entry) for entry in profile.journal)
    assert waiting <= limit < waiting + 2 * ID_BYTES_MAX
    assert cuts(one)["journal"] == 400 - len(profile.journal)
    assert profile.journal[0].fact.at == cuts(one)["journal"]
    assert wide(0) in profile.person.cart
    assert len(encode(profile)) < RECORD_BYTES_MAX


def test_an_outage_of_orders_loses_no_purchase_and_reminds_of_none() -> None:
    """A page says the same old order over and over for hours while orders are behind. The facts count early, the timer
    of the cart does not; and the purchase of the first hour, once it is known, ends it."""
    world = World(rulebook(rule("cart_abandonment")), lateness="5h")
    world.orders(wide(0)).advance("1m").adds("mug")
    for number in range(240):
        world.advance("1m").orders(wide(0), event_id=wide(number + 1))
    assert world.sent() == []
    assert world.counts[("cut", "journal")] > 100
    world.orders("O1", on_site=False, ago="200m").advance("9h")
    assert world.sent() == []


def test_what_counted_early_is_due_all_the_same() -> None:
    """Without a purchase the reminder goes out when W has come to its due time."""
    world = World(rulebook(rule("cart_abandonment")), lateness="4h")
    for _ in range(200):
        world.advance("1m").sets_cart({wide(number): 1 for number in range(30)})
    world.advance("9h")
    assert [(shot.anchor, shot.due) for shot in world.triggers()] == [(60_000, 3_660_000)]


def test_what_becomes_of_a_record_is_as_large_as_its_parts_say() -> None:
    """The measure of a waiting fact is never less than its bytes in the record, and hardly more."""
    fact = replace(added(1), event_id=wide(1))
    profile = Profile(person=Person(active=Activity(1, "e", "o", None)))
    empty = len(encode(profile))
    entry = Entry(fact, "ada")
    note(profile, entry)
    assert 0 <= entry_bytes(entry) - (len(encode(profile)) - empty) < 90
    assert fact.place() == (1, CLICK, wide(1), ITSELF) != (1, CLICK, wide(1), LINKING)
