"""What other systems call events and settings, and how they write them: each is told what it is here."""

import pytest

from schemas.rules.events import CALLED as EVENTS_CALLED
from schemas.rules.events import SOURCES
from schemas.rules.text import RulebookRefused, rulebook_from_text
from streams.triggers.rule_conditions import mistakes_in


def said_of(rule: str) -> list[str]:
    """What `rules check` says of a rulebook of that rule."""
    with pytest.raises(RulebookRefused) as refused:
        rulebook_from_text(f"name: shop\nrules:\n  - {{id: a, {rule}}}\n", "shop.yaml", mistakes_in)
    return list(refused.value.mistakes)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("add_to_cart", "cart_item_added"), ("Placed Order", "order"), ("begin-checkout", "checkout_started")],
)
def test_an_event_of_another_system_is_told_ours(written: str, meant: str) -> None:
    """As one of the shop's own it would never come."""
    (sentence,) = said_of(f'kind: sequence, wait: 1h, after: "{written}"')
    assert sentence.endswith(f"there is no event {written!r}; did you mean {meant!r}?")


def test_what_others_call_events_are_none_of_ours_and_lead_to_ours() -> None:
    """A name that there is needs no other."""
    assert set(EVENTS_CALLED.values()) <= set(SOURCES)
    assert not set(EVENTS_CALLED) & set(SOURCES)


@pytest.mark.parametrize(
    ("rule", "meant"),
    [
        ("kind: lapse, wait: 1d, delay: 1h", "wait"),
        ("kind: lapse, wait: 1d, condition: 'person.orders > 1'", "if"),
        ("kind: lapse, wait: 1d, template: winback_1", "message"),
        ("type: lapse, wait: 1d", "kind"),
    ],
)
def test_a_setting_of_another_system_is_told_ours(rule: str, meant: str) -> None:
    """What stands here for it."""
    assert any(f"did you mean {meant!r}?" in one or f"`{meant}: " in one for one in said_of(rule))


@pytest.mark.parametrize("setting", ["expires_after", "cool_down"])
@pytest.mark.parametrize("written", ["0", '"0"'])
def test_a_nought_does_not_switch_off(setting: str, written: str) -> None:
    """Whoever lets it expire after 0 does not mean never."""
    (sentence,) = said_of(f"kind: lapse, wait: 1d, {setting}: {written}")
    assert sentence.endswith("is too small; write more than 0, or off")
