"""Consent counts by its own time: the latest word wins, a record that is delivered again changes nothing."""

import pytest

from schemas.outcomes.decisions import Reason
from tests.world import LADDER, World

CART = "cart_abandonment"


def test_an_old_word_that_is_delivered_again_lifts_no_opt_out() -> None:
    """The feed repeats what she said last year, with or without its id."""
    world = World(LADDER)
    world.opts_in(event_id="old").after("1h").opts_out().after("1h")
    world.pipe({"type": "consent_given"}, event_id="old", ago="2h").adds("mug").after("2h")
    assert world.sent() == []
    assert world.why(CART) is Reason.OPTED_OUT


def test_an_old_opt_out_that_is_delivered_again_silences_nobody() -> None:
    """She has said since that she wants messages."""
    world = World(LADDER)
    world.opts_out().after("1h").opts_in().after("1h")
    world.pipe({"type": "opted_out"}, ago="2h").adds("mug").after("2h")
    assert world.sent() == [CART]


@pytest.mark.parametrize("refusal_first", [True, False])
def test_of_two_words_of_one_time_the_refusal_counts(refusal_first: bool) -> None:
    """Whichever comes first."""
    world = World(LADDER)
    first, second = ("opted_out", "consent_given") if refusal_first else ("consent_given", "opted_out")
    world.pipe({"type": first}).pipe({"type": second}).adds("mug").after("2h")
    assert world.sent() == []


@pytest.mark.parametrize(("ahead", "sent"), [("0s", []), ("1ms", [CART])], ids=["exactly at", "after"])
def test_consent_after_the_refusal_counts(ahead: str, sent: list[str]) -> None:
    """By a millisecond."""
    world = World(LADDER)
    world.opts_out().advance(ahead).opts_in().adds("mug").after("2h")
    assert world.sent() == sent


@pytest.mark.parametrize("visitors_word_is_later", [True, False])
def test_when_two_become_one_the_latest_word_of_both_counts(visitors_word_is_later: bool) -> None:
    """She opted out on the phone, whose visitor nobody knew, and in by her account, or the other way round."""
    world = World(LADDER)
    if visitors_word_is_later:
        world.opts_in(customer_id="ada", visitor_id=None).after("1h").opts_out()
    else:
        world.opts_out().after("1h").opts_in(customer_id="ada", visitor_id=None)
    world.after("1h").signs_in("ada").adds("mug").after("2h")
    assert world.sent() == ([] if visitors_word_is_later else [CART])


@pytest.mark.parametrize("link_is_known", [True, False], ids=["known before", "comes to light"])
@pytest.mark.parametrize("word", ["consent_given", "opted_out"])
def test_what_another_says_on_her_phone_is_no_word_of_hers(word: str, link_is_known: bool) -> None:
    """She was here first, and what the phone was is on its way to her: bob's word, with the phone's name on it, lifts
    no opt-out of hers, and silences nobody but him."""
    world = World(LADDER, lateness="20m")
    world.pipe({"type": "opted_out" if word == "consent_given" else "consent_given"}, customer_id="ada")
    world.advance("1m").visits()
    if link_is_known:
        world.advance("1m").signs_in("ada").advance("1m").pipe({"type": word}, customer_id="bob", visitor_id="phone")
    else:
        world.advance("2m").pipe({"type": word}, customer_id="bob", visitor_id="phone").signs_in("ada", ago="1m")
    world.advance("1m").adds("mug", customer_id="ada").after("1d")
    assert world.sent() == ([] if word == "consent_given" else [CART])
