"""What the records of an order say together: how its payment stands, what it comes to, whether it was undone, and when
it was delivered. From the text of the lifecycle (section 2) alone.

What the page leaves open is read so: who has paid does not owe again because a record says less, or because another
try has expired; a record that says nothing of the payment replaces what was said of it; an order that was paid, or of
whose payment nothing was said, is cancelled by a record that calls its payment voided.
"""

from decimal import Decimal

from tests.oracle.plain import NEWS, PLACED
from tests.oracle.records import Json, Moment, Record

FAILURES = ("failed", "expired", "voided")


def word(body: Json) -> str | None:
    """What a record says of the payment."""
    if body["type"] == "payment_failed":
        return "failed"
    if body["type"] not in PLACED + NEWS:
        return None
    state = body.get("payment_state")
    if state in FAILURES:
        return "failed"
    if state == "pending":
        return "open"
    return "paid" if body["type"] == "order_paid" or state in ("paid", "authorized", "offline") else "assumed"


def payment(records: list[Record]) -> str | None:
    """How the payment stands after these records, in the order of events."""
    now = None
    for record in records:
        said, state = word(record.body), record.body.get("payment_state")
        calls_off = state == "voided" and said == "failed" and now in ("paid", "assumed")
        ends_nothing = state == "expired" and said == "failed" and now == "paid"
        if said is not None and not calls_off and not ends_nothing and (now != "paid" or said == "failed"):
            now = said
    return now


def is_called_off(records: list[Record]) -> bool:
    """Whether a record calls the payment voided after which the order had been paid."""
    return any(
        record.body.get("payment_state") == "voided"
        and word(record.body) == "failed"
        and payment(records[:number]) in ("paid", "assumed")
        for number, record in enumerate(records)
    )


def first_open(records: list[Record]) -> Moment | None:
    """Where the first record stands by which the payment is open."""
    return next((record.at for record in records if word(record.body) == "open"), None)


def money(body: Json) -> Decimal | None:
    """The total of a record, else what its lines come to; None if it says neither."""
    if body.get("total") is not None:
        return abs(Decimal(str(body["total"])))
    prices = [line["price"] * line.get("quantity", 1) for line in body.get("lines") or []]
    return abs(sum(prices, Decimal(0))) if prices else None


def is_undone(records: list[Record]) -> bool:
    """Cancelled, or refunded in full."""
    kinds = [record.body["type"] for record in records]
    if "order_cancelled" in kinds or is_called_off(records):
        return True
    refunds = [money(record.body) for record in records if record.body["type"] == "order_refunded"]
    if None in refunds:
        return True
    worth = amount([record.body for record in records])
    back = sum((refund for refund in refunds if refund is not None), Decimal(0))
    return back > 0 and worth is not None and back >= worth


def amount(told: list[Json]) -> Decimal | None:
    """What the order comes to: the last update, else all records that placed it, which may each repeat the total of
    the whole, else what the first of the others says."""
    updates = [said for body in told if body["type"] == "order_updated" and (said := money(body)) is not None]
    if updates:
        return updates[-1]
    placed = [body for body in told if body["type"] == "order_placed"]
    totals = {body.get("total") for body in placed}
    if len(totals) == 1 and None not in totals and not all(body.get("lines") for body in placed):
        return money(placed[0])
    parts = [money(body) for body in placed]
    if parts and None not in parts:
        return sum((part for part in parts if part is not None), Decimal(0))
    others = [body for body in told if body["type"] in ("order_paid", "order_shipped", "order_delivered")]
    return next((said for body in others if (said := money(body)) is not None), None)


def delivered(records: list[Record]) -> int | None:
    """When the last parcel named so far was delivered; None if one is on its way, or nothing was delivered."""
    parcels: dict[str, int | None] = {}
    at = None
    for record in records:
        body, time = record.body, record.at.time
        if body["type"] not in ("order_shipped", "order_delivered"):
            continue
        named = body.get("parcels") or []
        for parcel in named:
            parcels.setdefault(parcel, None)
        if body["type"] == "order_delivered":
            for parcel in named or list(parcels):
                parcels[parcel] = parcels[parcel] or time
        came = all(parcels.values()) and (bool(parcels) or body["type"] == "order_delivered")
        at = (at or time) if came else None
    return at


def identity(body: Json) -> str:
    """An order id is its store's."""
    return f"{body['store']} | {body['order_id']}" if body.get("store") else body["order_id"]
