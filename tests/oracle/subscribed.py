"""Subscriptions in batch, from the text of the lifecycle (section 3, the row of replenishment): a product is not waited
for if a subscription of it is active.

What the page leaves open is read so: a subscription is active from its first record on, until it is cancelled, and then
again from a record that says that it is started or renewed; the last record that names products names all of them. What
was active at any time since the purchase is enough.
"""

from collections.abc import Iterable, Iterator

from tests.oracle.records import Moment, Record

END = Moment(1 << 62, 0, "")


def had_since(subscriptions: Iterable[list[Record]], product: str, at: Moment) -> bool:
    """Whether one of them had the product at that moment, or at any later one."""
    return any(ended > at for records in subscriptions for ended in _ends(sorted(records, key=_at), product))


def _ends(records: list[Record], product: str) -> Iterator[Moment]:
    """When each of the spans in which the subscription had the product was over."""
    products: set[str] = set()
    has = is_active = False
    for place, record in enumerate(records):
        kind, named = record.body["type"], {line["product_id"] for line in record.body.get("lines") or ()}
        if kind == "subscription_cancelled":
            if has or (place == 0 and product in named):
                yield record.at
            is_active = has = False
            products = products or named
            continue
        products = named or products
        is_active = is_active or place == 0 or kind in ("subscription_started", "subscription_renewed")
        if has and not (is_active and product in products):
            yield record.at
        has = is_active and product in products
    if has:
        yield END


def _at(record: Record) -> Moment:
    return record.at
