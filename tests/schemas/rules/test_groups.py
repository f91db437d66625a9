"""Segments, stages and tiers in a rulebook: what is shipped is valid, and a mistake has its mend."""

from pathlib import Path

import pytest

from schemas.rules.rulebook import Rulebook
from schemas.rules.text import RulebookRefused, rulebook_from_text
from streams.triggers.rule_conditions import mistakes_in

RULES = """
rules:
  - {id: loyal, kind: segment_entered, segment: loyal}
  - {id: gold, kind: tier_expiring, tier: gold, lead: 14d}
  - {id: churn, kind: churn_risk, below: 0.4, min_value: 50}
"""
SHIPPED = Path("agents/segments/groups.yaml").read_text(encoding="utf-8")


def read(text: str) -> Rulebook:
    """The rulebook of a shop, looked at."""
    return rulebook_from_text(f"name: shop\ncurrency: EUR\n{text}", "shop.yaml", mistakes_in)


def test_what_is_shipped_can_be_pasted() -> None:
    """Six segments, five stages, four tiers."""
    book = read(SHIPPED + RULES)
    assert [len(groups) for groups in (book.segments, book.stages, book.tiers)] == [6, 5, 4]
    assert book.excluded_segments == ("non_target",)
    assert book.looks


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("segment: loyal", "segment: loyl", "rule 'loyal' names the segment 'loyl'"),
        ("[non_target]", "[non_targets]", "did you mean 'non_target'?"),
        ("tier: gold", "tier: xyz", "write it under tiers"),
        ("id: retention", "id: loyalty", "two stages have the id 'loyalty'"),
        ("bgnbd:", "# bgnbd:", "rule 'churn' needs bgnbd"),
        ("r: 0.243", "r: 0", "bgnbd.r: 0 is too small; write more than 0"),
        ("person.orders == 1", 'person.tier == "gold"', "a group cannot ask for it"),
        ("person.orders == 1", "person.ordrs == 1", "did you mean orders?"),
        ("person.orders == 1", "event.total == 1", "there is no event here"),
    ],
)
def test_a_mistake_has_its_mend(old: str, new: str, sentence: str) -> None:
    """In a sentence."""
    with pytest.raises(RulebookRefused, match=r"shop.yaml:\d+") as refused:
        read((SHIPPED + RULES).replace(old, new, 1))
    assert sentence in str(refused.value)


@pytest.mark.parametrize("head", [SHIPPED.replace("bgnbd:", "# bgnbd:"), ""], ids=["a_group", "a_rule"])
def test_who_asks_for_p_alive_needs_its_parameters(head: str) -> None:
    """Else it is unknown, and never holds."""
    text = head + "rules:\n  - {id: back, kind: lapse, wait: 30d, if: person.p_alive < 0.5}\n"
    with pytest.raises(RulebookRefused, match=r"person\.p_alive needs bgnbd"):
        read(text)


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("kind: tier_entered", "is about tiers, and the rulebook has none"),
        ("kind: sequence, wait: 1h, after: tier_entered", "names tier_entered, and the rulebook has no tiers; write"),
        ("kind: sequence, wait: 1h, after: order, unless: stage_changed", "has no stages; write stages"),
    ],
)
def test_a_rule_about_tiers_needs_some(rule: str, sentence: str) -> None:
    """Else it never speaks, or is never ended."""
    with pytest.raises(RulebookRefused, match=rf"shop.yaml:\d: .*{sentence}"):
        read(f"rules:\n  - {{id: up, {rule}}}\n")


@pytest.mark.parametrize(
    ("rules", "looks"),
    [
        ("{id: back, kind: lapse, wait: 30d}", False),
        ("{id: back, kind: lapse, wait: 30d, if: person.orders > 1}", False),
        ("{id: back, kind: lapse, wait: 30d, if: '\"loyal\" in person.segment'}", True),
        ("{id: up, kind: sequence, wait: 0s, after: {event: tier_entered}}", True),
        ("{id: up, kind: stage_changed}", True),
    ],
)
def test_people_are_looked_at_if_somebody_asks(rules: str, looks: bool) -> None:
    """A rule of the kinds, a sequence that names their events, or a condition."""
    text = SHIPPED.replace("excluded_segments: [non_target]", "")
    assert read(f"{text}rules:\n  - {rules}\n").looks is looks


def test_the_version_of_the_groups_is_that_of_all_that_says_who_is_who() -> None:
    """Another rule changes nobody; another threshold, or another currency, does."""
    one = read(SHIPPED + RULES)
    assert one.groups_version == read(SHIPPED + RULES.replace("14d", "15d")).groups_version
    assert one.groups_version != read(SHIPPED.replace("500", "600") + RULES).groups_version
    assert one.groups_version != read((SHIPPED + RULES).replace("0.243", "0.3")).groups_version
