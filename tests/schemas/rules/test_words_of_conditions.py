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


LAPSE = "name: shop\nrules:\n  - {id: a, kind: lapse, wait: 90d}\n  - "
INLINE, BELOW = "{id: b, kind: lapse, wait: 9d, if: %s}\n", "id: b\n    kind: lapse\n    wait: 9d\n    if: %s\n"


@pytest.mark.parametrize("form", [INLINE, BELOW], ids=["inline", "below"])
@pytest.mark.parametrize(
    "condition",
    ['"loyal" in person.segment', '!("loyal" in person.segment)', '"a" == person.tier ? true : false'],
)
def test_a_condition_that_yaml_takes_for_something_else_is_to_be_quoted(form: str, condition: str) -> None:
    """It begins with a quote, and goes on behind it. Nobody is sent to look for blanks."""
    with pytest.raises(RulebookRefused) as refused:
        rulebook_from_text(LAPSE + form % condition, "shop.yaml", mistakes_in)
    (sentence,) = refused.value.mistakes
    line = 4 if form is INLINE else 7
    assert sentence.startswith(f"shop.yaml:{line}: this is not YAML; write the condition in quotes, such as if: '")


def test_a_condition_that_is_not_indented_is_to_be_indented() -> None:
    """It needs no quotes."""
    with pytest.raises(RulebookRefused, match="the line is not indented as those around it"):
        rulebook_from_text(LAPSE + "id: b\n    kind: lapse\n   if: person.orders > 1\n", "shop.yaml", mistakes_in)


def test_a_text_with_a_colon_is_to_be_quoted() -> None:
    """YAML takes it for a name and what it is."""
    with pytest.raises(RulebookRefused, match="there is a second colon; write a text that has one in quotes"):
        rulebook_from_text("name: shop: autumn\nrules: []\n", "shop.yaml", mistakes_in)
