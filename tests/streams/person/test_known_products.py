"""What a person remembers of what products have told: of how many, and how much."""

import pytest

from schemas.facts.product_facts import ProductKnown
from schemas.state.person import Person
from streams.limits import size_of
from streams.person.products import KNOWN_BYTES_MAX, KNOWN_MAX, STAND_INS_BYTES_MAX, note_known
from streams.person.shelves import goods_of
from streams.stage import Effects


def told(at: int, product: str, substitutes: tuple[str, ...] = (), category: str | None = "cups") -> ProductKnown:
    """A product tells of itself."""
    return ProductKnown(at, "e", "phone", product, "O1", None, None, substitutes, category)


def test_the_later_purchase_counts() -> None:
    """Whenever it is told; nothing is no news."""
    person, effects = Person(), Effects()
    for at, category in ((2, "new"), (1, "old"), (3, None)):
        note_known(person, told(at, "mug", category=category), effects.cut)
    assert (goods_of(person).known["mug"].at, goods_of(person).known["mug"].category) == (2, "new")


@pytest.mark.parametrize(("number", "cut"), [(KNOWN_MAX, 0), (KNOWN_MAX + 1, 1)], ids=["exactly_at", "after"])
def test_of_many_products_the_last_are_known(number: int, cut: int) -> None:
    """Those told of longest ago go."""
    person, effects = Person(), Effects()
    for at in range(number):
        note_known(person, told(at, f"p{at}"), effects.cut)
    assert len(goods_of(person).known) == KNOWN_MAX
    assert ("p0" in goods_of(person).known) is (cut == 0)
    assert effects.counts.get(("cut", "known_products"), 0) == cut


def test_what_is_told_at_length_is_short() -> None:
    """Fifty ids of the longest for each product."""
    person, effects = Person(), Effects()
    names = tuple("\U0001f375" * 250 + str(number) for number in range(50))
    for at in range(50):
        note_known(person, told(at, f"{at}" + "\U0001f375" * 250, names, "\U0001f375" * 250), effects.cut)
        assert size_of(goods_of(person).known) <= KNOWN_BYTES_MAX
    assert all(0 < size_of(known.substitutes) <= STAND_INS_BYTES_MAX + 2 for known in goods_of(person).known.values())
    assert effects.counts["cut", "known_products"]
    assert effects.counts["cut", "substitutes"]
