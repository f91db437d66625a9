"""What differs between two rulebooks, as marketers read it."""

from schemas.rules.difference import Difference, differences
from schemas.rules.rulebook import Rulebook
from tests.world import rule, rulebook

CART = "cart_abandonment"


def test_a_difference_is_told_rule_by_rule() -> None:
    """Settings, what is added, changed from what to what, and removed."""
    before = rulebook(rule(CART, cool_down="7d"), rule("lapse"), session_gap="30m")
    after = rulebook(rule("exit_intent"), rule(CART, wait="45m"), session_gap="20m", ladder=True)
    assert list(differences(before, after)) == [
        Difference(
            None,
            "changed",
            (
                "session_gap: 30 minutes becomes 20 minutes (visits that are open go by the new gap from then on)",
                "ladder: no becomes yes",
            ),
        ),
        Difference("exit_intent", "added", (), after.rules[0].reading),
        Difference(
            CART,
            "changed",
            ("cool_down: 7 days becomes off", "wait: an hour becomes 45 minutes"),
            after.rules[1].reading,
        ),
        Difference("lapse", "removed", ("what waits for it ends with `rule_gone`",)),
    ]


def test_what_differs_is_told_as_a_rulebook_writes_it() -> None:
    """Durations with their units, and nothing of what is not said."""
    before = rulebook(rule("winback", wait="90d", effective_from="2026-11-01"), rule(CART, steps=[{"wait": "0s"}]))
    steps = [{"wait": "0s"}, {"wait": "36h", "if": "person.orders == 0"}]
    after = rulebook(
        rule("winback", wait={"gap_factor": 2}, effective_from="2026-11-01T06:30:00Z"),
        rule(CART, steps=steps, channel="sms"),
        caps=[{"max": 1, "per": "16h", "on_cap": "defer"}],
    )
    assert [change for one in differences(before, after) for change in one.changes] == [
        "caps: none becomes [{max: 1, per: 16h, on_cap: defer}]",
        "effective_from: 2026-11-01 becomes 2026-11-01T06:30:00Z",
        "wait: 90 days becomes {gap_factor: 2, min: 30d, max: 365d, default: 90d}",
        "channels: none becomes [sms]",
        "steps: [{wait: 0s}] becomes [{wait: 0s}, {wait: 36h, if: person.orders == 0}]",
    ]


def test_equal_rulebooks_differ_in_nothing() -> None:
    """However they are written."""
    book = rulebook(rule(CART))
    again = Rulebook.model_validate_json(book.canonical)
    assert list(differences(book, again)) == []
    assert (again, again.version) == (book, book.version)
    assert rulebook(rule(CART, wait="61m")).version != book.version
