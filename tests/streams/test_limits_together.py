"""All limits of a person together fit into a record."""

import pytest

from schemas.base import ID_CHARS_MAX
from schemas.rules.groups import GROUPS_MAX
from streams.limits import ID_BYTES_MAX, RECORD_BYTES_MAX, how_many, size_of, too_many
from streams.person import consent, payments, person_limits, repeats, rings
from streams.profiles import identity, wishes
from streams.profiles.waiting import CUSTOMER_JOURNAL_BYTES_MAX, VISITOR_JOURNAL_BYTES_MAX
from streams.triggers import episodes
from streams.visits import namings, viewed_products, visit_limits, visitors


def test_an_id_has_at_most_the_bytes_that_are_reckoned_with() -> None:
    """The longest in characters, the widest in bytes, and one that JSON escapes throughout."""
    assert max(size_of(text * ID_CHARS_MAX) for text in ("a", "é", "🛒", '"', "\\")) < ID_BYTES_MAX


OF_A_PERSON = (
    person_limits.CART_BYTES_MAX
    + person_limits.ORDERS_BYTES_MAX
    + rings.KEPT_ORDERS_BYTES_MAX
    + payments.AWAITED_BYTES_MAX
    + 2 * person_limits.GONE_BYTES_MAX
    + episodes.EPISODES_BYTES_MAX
    + person_limits.FIRED_BYTES_MAX
    + person_limits.SENDS_BYTES_MAX
    + person_limits.SPOKE_MAX * 128
    + person_limits.SCOPES_MAX * 96
    + 4 * consent.WORDS_MAX * 64
    + rings.VISITED_MAX * 32
    + rings.OLDER_MAX * 48
    + GROUPS_MAX * 68
    + repeats.HEARD_MAX * repeats.HASH_BYTES
    + 15 * ID_BYTES_MAX
)
"""What a profile of either kind may hold, with what has no limit of its own: ten viewed products, the last activity, a
few names."""


def test_all_limits_of_a_customer_together_are_less_than_a_record() -> None:
    """With devices, what others bought on them, and what they are about to bring; links are a visitor's."""
    held = (
        OF_A_PERSON
        + CUSTOMER_JOURNAL_BYTES_MAX
        + person_limits.ORDERS_BYTES_MAX
        + person_limits.PRESENT_BYTES_MAX
        + person_limits.VISITORS_BYTES_MAX
        + person_limits.EXITS_BYTES_MAX
        + person_limits.JOINING_BYTES_MAX
    )
    assert held < 0.9 * RECORD_BYTES_MAX


def test_all_limits_of_a_visitor_together_are_less_than_a_record() -> None:
    """Visits with all they may hold, the hashes of the ids seen, whose the visitor is, and the person: one device, and
    nobody else's orders."""
    visit = (
        visitors.FRESH_BYTES_MAX
        + visitors.TIES_BYTES_MAX
        + namings.NAMINGS_BYTES_MAX
        + visitors.CLICK_TIMES_MAX * visitors.TIME_BYTES
        + viewed_products.PRODUCTS_BYTES_MAX
        + 2 * ID_BYTES_MAX
    )
    profile = (
        OF_A_PERSON + VISITOR_JOURNAL_BYTES_MAX + identity.LINKS_BYTES_MAX + (2 * wishes.WISHES_MAX + 3) * ID_BYTES_MAX
    )
    ends = 2 * (visitors.VISITS_MAX - visit_limits.VISITS_FEW) * ID_BYTES_MAX
    assert visit_limits.VISITS_FEW * visit + ends + 4096 + profile < RECORD_BYTES_MAX


@pytest.mark.parametrize(("bytes_max", "fit"), [(9, 2), (10, 2), (11, 3), (12, 3)])
def test_what_fits_is_measured_with_what_stands_between(bytes_max: int, fit: int) -> None:
    """An entry of three bytes takes four; the last or the first ones stay."""
    entries = ["a", "b", "c"]
    assert how_many(entries, bytes_max + 1) == fit
    assert too_many(entries, bytes_max + 1) == 3 - fit
