"""Conditions in a rulebook: what is wrong with one is said with line and column of the file, and how to mend it."""

import pytest

from schemas.rules.rulebook import Rulebook
from schemas.rules.text import RulebookRefused, rulebook_from_text
from streams.triggers.conditions.kinds import Kind, Question, Type
from streams.triggers.conditions.names import CART, EPISODE, PERSON
from streams.triggers.given import ANSWERS, OF_EPISODES, VALUES
from streams.triggers.rule_conditions import conditions_of, mistakes_in

HEAD = """\
name: shop
rules:
  - id: quote
    kind: sequence
    wait: 2h
"""
AFTER = "    after: {event: page_viewed}\n"


def refused(text: str) -> str:
    """The one mistake of a rulebook."""
    with pytest.raises(RulebookRefused) as refusal:
        rulebook_from_text(HEAD + text, "shop.yaml", mistakes_in)
    (mistake,) = refusal.value.mistakes
    return mistake


@pytest.mark.parametrize(
    ("text", "mistake", "mend"),
    [
        (
            "    after: {event: page_view}\n",
            "shop.yaml:6: rules.0.sequence.after.event: there is no event 'page_view'",
            "did you mean 'page_viewed'?",
        ),
        (
            "    after: {event: quiz_taken}\n",
            "shop.yaml:6: rules.0.sequence.after.event: there is no event 'quiz_taken'",
            "an event of your own is written custom:quiz_taken",
        ),
        (
            "    after: {event: 'custom:'}\n",
            "shop.yaml:6: rules.0.sequence.after.event: 'custom:' names no event",
            "write custom:<name>, in at most 256 characters",
        ),
        (
            AFTER + "    same: prodct_id\n",
            "shop.yaml:7: rules.0.sequence.same: there is no field 'prodct_id'",
            "did you mean 'product_id'? If it is your own: properties.prodct_id",
        ),
        (
            AFTER + "    same: properties\n",
            "shop.yaml:7: rules.0.sequence.same: 'properties' holds many values",
            "name one of them, such as properties.quote_id",
        ),
        (
            "    after: {event: order}\n    same: quote_id\n",
            "shop.yaml:3: rules.0.sequence: same is properties.quote_id, and order has no such field",
            "name one that it has",
        ),
        (
            AFTER + "    unless:\n      - event: order\n      - event: page_viewed\n        where: event.ulr == 'x'\n",
            "shop.yaml:10:22: rules.0.unless.1.where: event has no field ulr",
            "did you mean url?",
        ),
        (
            "    after:\n      event: page_viewed\n      where: |\n        1 == 1 &&\n          event.total > 3\n",
            "shop.yaml:10:17: rules.0.after.where: the event page_viewed has no total, so this never holds",
            "",
        ),
        (AFTER + "    if: person.orders = 0\n", "shop.yaml:7:23: rules.0.if: ", ""),
    ],
    ids=["near", "own", "nameless", "same near", "same many", "same none", "where", "block", "no CEL"],
)
def test_a_mistake_has_its_place_and_its_mend(text: str, mistake: str, mend: str) -> None:
    """One sentence each; columns count where the text has a condition."""
    said = refused(text)
    assert said.startswith(mistake)
    assert said == f"{mistake}; {mend}" or not mend


def test_an_if_of_a_kind_without_events_sees_none() -> None:
    """There is no event to speak of."""
    text = "name: shop\nrules:\n  - {id: c, kind: cart_abandonment, wait: 1h, if: event.url == 'x'}\n"
    with pytest.raises(RulebookRefused, match=r"shop\.yaml:3:\d+: rules\.0\.if: there is no event here"):
        rulebook_from_text(text, "shop.yaml", mistakes_in)


def test_a_good_rulebook_is_read_and_read_again() -> None:
    """What it says of itself, in JSON too, is the same rule."""
    text = HEAD + AFTER + "    unless: {event: order}\n    if: person.orders == 0\n    anchor: each\n"
    book = rulebook_from_text(text, "shop.yaml", mistakes_in)
    again = Rulebook.model_validate(book.model_dump(mode="json"))
    assert [rule.version for rule in again.rules] == [rule.version for rule in book.rules]
    assert conditions_of(again.rules[0]).ifs.keys() == {("if",)}


def test_a_rulebook_that_nobody_looked_at_is_no_rulebook() -> None:
    """A stage does not begin with a condition that it cannot judge."""
    book = rulebook_from_text(HEAD + AFTER + "    if: person.orders = 0\n", "shop.yaml")
    with pytest.raises(ValueError, match="quote: if"):
        conditions_of(book.rules[0])


@pytest.mark.parametrize("of", [PERSON, EPISODE, CART], ids=lambda of: str(of.name))
def test_every_name_that_a_condition_has_is_answered(of: Type) -> None:
    """Whatever is in the tables of names."""
    known = {*VALUES, *OF_EPISODES, *ANSWERS}
    named = {f"{of.name}.{name}" for name, type_ in of.fields.items() if not is_record(type_)}
    assert named - known == set()


def is_record(type_: Type | Question) -> bool:
    """Whether it has names of its own."""
    return isinstance(type_, Type) and type_.kind is Kind.RECORD
