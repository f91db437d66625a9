"""Conditions that could never hold: what they compare with is none of the words that there are."""

import pytest

from schemas.rules.text import RulebookRefused, rulebook_from_text
from streams.triggers.rule_conditions import conditions_of, mistakes_in

HEAD = 'name: shop\ncurrency: EUR\ntiers: [{id: gold, if: "true"}]\nrules:\n'


def said_of(event: str | None, condition: str) -> str:
    """The sentence of `rules check` on a rule with that condition; "" if there is none."""
    rule = (
        f"  - {{id: a, kind: lapse, wait: 90d, if: '{condition}'}}\n"
        if event is None
        else f"  - {{id: a, kind: sequence, wait: 1h, after: {{event: {event}, where: '{condition}'}}}}\n"
    )
    try:
        rulebook_from_text(HEAD + rule, "shop.yaml", mistakes_in)
    except RulebookRefused as refused:
        (sentence,) = refused.mistakes
        return sentence.partition(": there is ")[2] or sentence.partition("; ")[2]
    return ""


@pytest.mark.parametrize(
    ("event", "condition", "sentence"),
    [
        ("order_placed", 'event.payment_state == "cod"', 'no "cod"; did you mean offline? (there are pending, auth'),
        ("order_placed", 'event.payment_state != "Paid"', 'no "Paid"; did you mean paid? (there are pending, auth'),
        ("order", 'event.channel == "In-store"', 'no "In-store"; did you mean pos? (there are web, pos, phone, draft'),
        ("order", 'event.channel in ["pos", "kiosk"]', 'no "kiosk" (there are web, pos, phone, draft'),
        ("order", 'event.currency == "eur"', 'no "eur"; did you mean EUR?'),
        (None, 'person.last_channel == "webb"', 'no "webb"; did you mean web? (there are web, pos'),
        (None, 'person.tier in ["silver", "gold"]', 'no "silver" (there are gold)'),
        (None, 'episode.currency == "EURO"', 'no "EURO"; did you mean EUR?'),
        (None, 'person.next_order_at < "2026-11-01"', 'write timestamp("2026-11-01T00:00:00Z")'),
    ],
)
def test_a_word_that_there_is_not_is_told_with_the_one_that_was_meant(
    event: str | None, condition: str, sentence: str
) -> None:
    """Also in a list, and in the words of shops, which are read as ours."""
    assert said_of(event, condition).startswith(sentence)


@pytest.mark.parametrize(
    ("event", "condition"),
    [
        ("order_placed", 'event.payment_state == "offline" && event.channel in ["pos", "web"]'),
        ("consent_given", 'event.channel == "postcard"'),
        ("custom:a", 'event.properties.channel == "retail"'),
        ("product_viewed", 'event.currency == "CZK" || event.category in ["a", "b"]'),
        (None, 'person.last_channel == "pos" && person.traits.tier in ["silver"]'),
        (None, 'person.next_order_at < timestamp("2026-11-01T00:00:00Z")'),
    ],
)
def test_any_other_word_may_come(event: str | None, condition: str) -> None:
    """The channel of a consent is a shop's own, and so is what stands in its own fields."""
    assert said_of(event, condition) == ""


def test_a_rule_that_waits_already_is_taken_as_it_is() -> None:
    """It was published before there was such a sentence: it never holds, and stops nobody."""
    text = "  - {id: a, kind: sequence, wait: 1h, after: {event: order, where: 'event.channel == \"retail\"'}}\n"
    (rule,) = rulebook_from_text(HEAD + text, "shop.yaml", lambda rulebook: iter(())).rules
    assert len(conditions_of(rule).wheres) == 1
