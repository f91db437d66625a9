"""Every fact has its place: with persons or with products."""

from typing import get_args

from schemas.facts.profile_facts import Fact, FactOfProduct
from streams.profiles.arrivals import ARRIVALS


def test_a_person_knows_what_to_do_with_each_fact_that_is_not_for_products() -> None:
    """A new kind of fact is in the table, or is for products."""
    assert {*ARRIVALS} == {*get_args(Fact)} - {*get_args(FactOfProduct)}
