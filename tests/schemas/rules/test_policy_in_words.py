"""What is said of all rules of a rulebook, as marketers read it."""

from schemas.rules.policy_words import said_of_all
from tests.world import rule, rulebook

CART = "cart_abandonment"


def test_what_is_said_of_all_rules_is_read_out_too() -> None:
    """Whom, when and how often; what is off says nothing."""
    book = rulebook(
        rule(CART, channel="sms", priority=1),
        ladder=True,
        zone="Europe/Vienna",
        consent={"email": "soft_opt_in", "sms": "opt_in"},
        holdout={"percent": 2.5},
        quiet_hours=[{"channel": "sms", "days": ["sat", "sun"], "from": "21:00", "to": "08:00"}],
        caps=[{"max": 1, "per": "16h", "channel": "sms", "category": "marketing", "on_cap": "defer"}],
        settle="10m",
        gap="1d",
        segments=[{"id": "gone", "if": "person.days_since_seen > 365"}],
        excluded_segments=["gone"],
    )
    assert dict(said_of_all(book)) == {
        "ladder": "Search, browse, cart, checkout and payment are one occasion of a person: the deepest stage that a "
        "rule is about speaks, and ends the others.",
        "excluded_segments": "Whoever is in gone hears no marketing.",
        "consent": "Marketing needs a purchase or consent on email, consent on sms; whoever has opted out hears "
        "nothing of what that is about.",
        "holdout": "2.5% of all persons are sent nothing, so that the rest can be compared.",
        "quiet_hours": "On sat, sun nothing goes on sms from 21:00 to 08:00 of the next day, by the person's own "
        "clock, or that of Europe/Vienna where theirs is not known; what is due then waits until the end.",
        "caps": "One person is sent at most 1 marketing message on sms in 16 hours, by all rules together; what is "
        "more waits until there is room.",
        "arbitration": "Of what is due to one person within 10 minutes of the first one goes, that of the highest "
        "priority, then of the higher value; the others are judged again after a day.",
        "cart_merge": "When a visitor turns out to be a customer, what was in both carts is in the cart; a whole cart "
        "that is told later counts for itself.",
    }
    plain = rulebook(rule(CART), ladder=False, consent="ignore")
    assert [setting for setting, _ in said_of_all(plain)] == ["consent", "cart_merge"]
