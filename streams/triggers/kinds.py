"""The table of the kinds of triggers. A new kind is its detector's file, its section of the rulebook, and a line
here."""

from collections.abc import Iterable
from typing import Final

from schemas.rules.base import RuleBase
from streams.triggers.detectors import (
    account_changed,
    anniversary,
    back_in_stock,
    birthday,
    browse_abandonment,
    calendar,
    cart_abandonment,
    checkout_abandonment,
    churn_risk,
    cross_sell,
    email_my_cart,
    exit_intent,
    first_purchase,
    form_submitted,
    inactivity,
    lapse,
    low_stock,
    payment_failed,
    post_purchase,
    price_drop,
    replenishment,
    search_abandonment,
    second_purchase_push,
    segment_entered,
    segment_left,
    sequence,
    stage_changed,
    subscription_ending,
    subscription_payment_failed,
    tier_entered,
    tier_expiring,
    tier_left,
    visit_summary,
    welcome,
    winback,
)
from streams.triggers.row import Row

ROWS: Final[dict[str, Row]] = {
    row.kind: row
    for row in (
        exit_intent.ROW,
        search_abandonment.ROW,
        browse_abandonment.ROW,
        cart_abandonment.ROW,
        checkout_abandonment.ROW,
        payment_failed.ROW,
        inactivity.ROW,
        lapse.ROW,
        first_purchase.ROW,
        second_purchase_push.ROW,
        post_purchase.ROW,
        cross_sell.ROW,
        replenishment.ROW,
        winback.ROW,
        segment_entered.ROW,
        segment_left.ROW,
        stage_changed.ROW,
        tier_entered.ROW,
        tier_left.ROW,
        tier_expiring.ROW,
        churn_risk.ROW,
        sequence.ROW,
        calendar.ROW,
        birthday.ROW,
        anniversary.ROW,
        welcome.ROW,
        form_submitted.ROW,
        account_changed.ROW,
        visit_summary.ROW,
        email_my_cart.ROW,
        subscription_payment_failed.ROW,
        subscription_ending.ROW,
        back_in_stock.ROW,
        price_drop.ROW,
        low_stock.ROW,
    )
}
"""Every kind by its name, in the order in which they are shown."""

UNKNOWN: Final = Row("", RuleBase, frozenset())
"""What stands for a kind that only a newer version knows: its episodes and triggers come by with people who merge."""


def asks_for_carts(rules: Iterable[RuleBase]) -> bool:
    """Whether a rule is about what was left in a cart or on a device: an order may end that by the id of its cart."""
    return any(row_of(rule.kind).of_device or row_of(rule.kind).of_cart for rule in rules)


HEARS: Final[dict[str, frozenset[str]]] = {row.kind: row.hears for row in ROWS.values()}


def row_of(kind: str) -> Row:
    """The row of that kind; that of nothing special if this version does not know it."""
    return ROWS.get(kind, UNKNOWN)
