"""Conditions of a sequence: what is asked when it is due, and of an event when it comes."""

import pytest

from schemas.outcomes.decisions import Reason, Verdict
from tests.stories.quotes import FORM, book, sends_form
from tests.world import World, rule, rulebook


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("person.orders == 1", True),
        ("person.orders_in('90m') == 0 && person.orders_in('2h') == 1", True),
        ("person.days_since_order >= 0.0625 && person.days_since_order < 0.0626", True),
        ("person.mean_gap_days == null", True),
        ('cart.has("mug") && cart.value == 20 && person.cart.quantity == 2', True),
        ("cart.value > 20", False),
        ('person.consent("email")', True),
        ('event.properties.kind == "quote" && event.name == "form_sent"', True),
        ('event.properties.kind == "other"', False),
        ("episode.due - episode.anchor == duration('2h')", True),
    ],
)
def test_it_fires_only_if_the_condition_holds_when_it_is_due(condition: str, *, holds: bool) -> None:
    """Of the person, the episode and the anchor's event."""
    world = World(book(**{"if": condition}))
    sends_form(world, properties={"kind": "quote"}).after("30m").orders(on_site=False).after("1h")
    world.adds("mug", price="10", quantity=2).drain()
    assert world.sent() == (["sequence"] if holds else [])
    assert world.why("sequence") == (Reason.DUE if holds else Reason.CONDITION)


def test_a_condition_that_cannot_be_judged_does_not_hold_and_says_why() -> None:
    """Counted, and named in the decision."""
    world = World(book(**{"if": "event.properties.n > 3"}))
    sends_form(world, properties={"n": "many"}).drain()
    (decision,) = world.decisions()
    assert (decision.verdict, decision.reason) == (Verdict.SUPPRESSED, Reason.CONDITION)
    assert "event.properties.n" in str(decision.evidence["failure"])
    assert world.counts["conditions_failed", "if"] == 1


def test_a_clause_that_cannot_be_judged_is_counted_where_the_event_comes() -> None:
    """And is no match."""
    world = World(book(after={**FORM, "where": "event.properties.n > 3"}))
    sends_form(world, properties={"n": "many"}).drain()
    assert (world.sent(), world.counts["conditions_failed", "where"]) == ([], 1)


def test_every_rule_that_waits_may_have_a_condition() -> None:
    """A cart that is left, and somebody who never bought."""
    world = World(rulebook(rule("cart_abandonment", **{"if": "person.orders == 0"})))
    world.adds("mug").after("1d").orders(on_site=False).after("1d").adds("jug").drain()
    assert world.why("cart_abandonment") is Reason.CONDITION
    assert len(world.fired()) == 1


@pytest.mark.parametrize("written", ["sms", "SMS", " Sms "])
def test_a_channel_is_seen_as_rulebooks_write_it(written: str) -> None:
    """As whoever asks for consent reads it."""
    world = World(book(after={"event": "consent_given", "where": 'event.channel == "sms"'}))
    world.opts_in(channel=written).drain()
    assert world.sent() == ["sequence"]
