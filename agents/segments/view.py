"""What `segments fit` found: tables, the part of a rulebook to paste, and JSON."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from rich.console import Console

from agents.segments.customers import Shop
from agents.segments.proposing import Group, Proposal
from agents.segments.purchases import LeftOut, Skipped
from agents.segments.quintiles import PERCENTS, TOP_PERCENT, Spread, Spreads
from agents.segments.recording import Recording
from agents.terminal import show_rows
from streams.person.alive import Bgnbd, p_alive, revenue_at_risk
from streams.person.money import decimal_of


class Found(NamedTuple):
    """All that was found. `until` is the last day that counts, or the instant, as it is written; `parameters` are None
    if they cannot be told, and `why` says why."""

    until: str
    recording: Recording
    shop: Shop
    parameters: Bgnbd | None
    why: str
    spreads: Spreads
    proposal: Proposal

    @property
    def at_risk(self) -> int | None:
        """What of the spend of the last 365 days is at risk, in minor units; None where that cannot be told."""
        parameters = self.parameters
        if parameters is None or self.spreads.spend_in_year is None:
            return None
        spent = [(one.rhythm, one.spend_in_year) for one in self.shop.customers if one.spend_in_year is not None]
        return sum(revenue_at_risk(p_alive(rhythm, parameters), spend) for rhythm, spend in spent)


def as_json(found: Found) -> dict[str, Any]:
    """The figures under their names; money as a decimal text, weeks and days as numbers."""
    recording, shop, spreads, proposal = found.recording, found.shop, found.spreads, found.proposal
    return {
        "until": found.until,
        "orders": {
            "read": recording.read,
            "used": recording.used,
            "refused": recording.refused,
            "skipped": _named(recording.skipped),
            "counted": len(recording.purchases),
            "left_out": _named(recording.left_out),
        },
        "customers": len(shop.customers),
        "repeat_customers": sum(one.rhythm.frequency > 0 for one in shop.customers),
        "bgnbd": None if found.parameters is None else found.parameters._asdict(),
        "bgnbd_missing": found.why or None,
        "revenue_at_risk": _money(found.at_risk, shop),
        "quintiles": {
            "recency_days": spreads.recency_days.quintiles,
            "frequency": spreads.frequency.quintiles,
            "money": {
                "currency": shop.currency,
                "amounts": _amounts(spreads.money, shop),
                "without_amount": shop.without_amount,
                "other_currency": shop.other_currency,
            },
        },
        "last_365_days": {
            "orders": spreads.orders_in_year.quintiles,
            "spend": _amounts(spreads.spend_in_year, shop),
            "order_value": _amounts(spreads.aov_in_year, shop),
        },
        "proposed": {name: [_group(group) for group in groups] for name, groups in proposal._asdict().items()},
    }


def rulebook_part(found: Found) -> str:
    """What can be pasted into a rulebook, as YAML."""
    orders, customers = len(found.recording.purchases), len(found.shop.customers)
    lines = [
        f"# Proposed by afterclick segments fit: {orders:,} orders of {customers:,} customers until {found.until}."
    ]
    if found.shop.currency is not None:
        lines.append(f"# Amounts are in {found.shop.currency}, which has to be the rulebook's currency.")
    if found.parameters is None:
        lines.append(f"# No bgnbd: {found.why}.")
    else:
        figures = ", ".join(f"{name}: {figure:.6g}" for name, figure in found.parameters._asdict().items())
        lines.append(f"bgnbd: {{{figures}}}  # alpha in weeks, one purchase a day")
    for name, groups in found.proposal._asdict().items():
        lines.append(f"{name}:" + ("  # the first that holds" if name != "segments" else ""))
        for group in groups:
            lines += [f"  - id: {group.id}", f"    if: '{group.condition}'"]
    return "\n".join(lines)


def show(found: Found, console: Console) -> None:
    """The counts, the quintiles and the proposal, as tables for people."""
    recording, shop, spreads = found.recording, found.shop, found.spreads
    ended: list[tuple[str | int, ...]] = [("read", recording.read), ("used", recording.used)]
    ended += [(f"refused: {reason}", by) for reason, by in recording.refused.most_common()]
    ended += [(f"skipped: {why}", by) for why, by in recording.skipped.most_common()]
    show_rows("records", ("", "records"), ended, console)
    counted: list[tuple[str | int, ...]] = [("counted", len(recording.purchases))]
    counted += [(f"left out: {why}", by) for why, by in recording.left_out.most_common()]
    counted += [("counted without an amount", shop.without_amount)] if shop.without_amount else []
    counted += [("counted without their money: another currency", shop.other_currency)] if shop.other_currency else []
    show_rows("orders", ("", "orders"), counted, console)
    heads = ("at most", *(f"{percent} %" for percent in (*PERCENTS, TOP_PERCENT)))
    money = shop.currency or "no currency"
    rows = [
        ("days since the last order", *_texts(spreads.recency_days)),
        ("orders", *_texts(spreads.frequency)),
        (f"spend, {money}", *_amount_texts(spreads.money, shop)),
        ("orders in 365 days", *_texts(spreads.orders_in_year)),
        (f"spend in 365 days, {money}", *_amount_texts(spreads.spend_in_year, shop)),
        (f"average order in 365 days, {money}", *_amount_texts(spreads.aov_in_year, shop)),
    ]
    show_rows(f"{len(shop.customers):,} customers until {found.until}", heads, rows, console)
    for name, groups in found.proposal._asdict().items():
        sizes = [(group.id, _size(group, len(shop.customers)), group.condition) for group in groups]
        show_rows(f"proposed {name}", ("id", "customers today", "if"), sizes, console)
    if found.parameters is None:
        console.print(f"No parameters for P(alive): {found.why}.", highlight=False)
    elif found.at_risk is not None:
        console.print(f"revenue at risk: {_money(found.at_risk, shop)} {money}", highlight=False)


def _named(counts: Mapping[Skipped, int] | Mapping[LeftOut, int]) -> dict[str, int]:
    return {name.value: by for name, by in counts.items()}


def _group(group: Group) -> dict[str, Any]:
    return {"id": group.id, "if": group.condition, "customers": group.customers, "at_most": group.at_most}


def _size(group: Group, customers: int) -> str:
    if group.customers is None:
        return "orders do not tell"
    share = f"{group.customers:,} ({100 * group.customers / customers:.0f} %)"
    return f"at most {share}" if group.at_most else share


def _texts(spread: Spread) -> list[str]:
    return [f"{value:,}" for value in (*spread.quintiles, spread.top)]


def _amount_texts(spread: Spread | None, shop: Shop) -> list[str]:
    if spread is None:
        return ["unknown"] * (len(PERCENTS) + 1)
    return [f"{decimal_of(value, shop.currency):,}" for value in (*spread.quintiles, spread.top)]


def _amounts(spread: Spread | None, shop: Shop) -> list[str] | None:
    return None if spread is None else [str(decimal_of(value, shop.currency)) for value in spread.quintiles]


def _money(units: int | None, shop: Shop) -> str | None:
    return None if units is None else str(decimal_of(units, shop.currency))
