"""Minor units inside, decimals outside."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.person.money import decimal_of, minor_units


@pytest.mark.parametrize(
    ("amount", "currency", "units", "back"),
    [
        ("19.9", "EUR", 1990, "19.90"),
        ("2000", "JPY", 2000, "2000"),
        ("1.234", "KWD", 1234, "1.234"),
        ("5", None, 500, "5.00"),
        ("0.125", "EUR", 12, "0.12"),
        ("0.135", "EUR", 14, "0.14"),
        ("1000000000", "EUR", 10**11, "1000000000.00"),
    ],
    ids=["cents", "yen", "fils", "unnamed", "half_to_even_down", "half_to_even_up", "largest"],
)
def test_amounts_become_minor_units_and_back(amount: str, currency: str | None, units: int, back: str) -> None:
    """With as many decimals as the currency has."""
    assert minor_units(Decimal(amount), currency) == units
    assert str(decimal_of(units, currency)) == back


@given(st.integers(0, 10**15), st.sampled_from(["EUR", "JPY", "KWD", None]))
def test_minor_units_survive_the_way_out_and_in(units: int, currency: str | None) -> None:
    """Nothing is rounded that was exact."""
    assert minor_units(decimal_of(units, currency), currency) == units
