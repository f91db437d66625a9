"""A grocer's year as native orders: one record for each basket.

Origin of the data: the R package `completejourney` (84.51°), data/transactions_sample, licence CC0; see
`tests/data/README.md`. Times are those of the shop's clock, read as UTC.
"""

import csv
import gzip
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

Json = dict[str, Any]

SAMPLE = Path(__file__).parent.parent / "data" / "completejourney_60households.csv.gz"


def orders_of(file: Path) -> list[Json]:
    """The orders of the file, sorted by (time, event id)."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        return convert(csv.DictReader(lines))


def convert(rows: Iterable[Mapping[str, str]]) -> list[Json]:
    """The rows are shuffled, and one each for a product of a basket. A quantity of nothing is no product; a basket of
    such rows alone is no order."""
    found: dict[str, Json] = {}
    for row in sorted(rows, key=lambda row: (row["basket_id"], row["product_id"], row["quantity"])):
        basket, quantity = row["basket_id"], Decimal(row["quantity"])
        if quantity <= 0:
            continue
        order = found.setdefault(
            basket,
            {
                "event_id": f"basket-{basket}",
                "type": "order_placed",
                "order_id": basket,
                "occurred_at": _ms(row["transaction_timestamp"]),
                "customer_id": row["household_id"],
                "currency": "USD",
                "total": Decimal(0),
                "lines": [],
            },
        )
        order["total"] += Decimal(row["sales_value"])
        order["lines"].append({"product_id": row["product_id"], "quantity": int(quantity)})
    for order in found.values():
        order["total"] = str(order["total"])
    return sorted(found.values(), key=lambda order: (order["occurred_at"], order["event_id"]))


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000
