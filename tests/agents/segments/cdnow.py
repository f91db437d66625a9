"""The CDNOW sample as a file of orders: 2,357 people who bought there first in the first quarter of 1997.

From the files of `lifetimes` (MIT), which are read and not imported. The data are of Bruce Hardie's site,
brucehardie.com/datasets: customer, number in the sample, date, discs, dollars.
"""

from importlib.metadata import distribution
from pathlib import Path

import orjson

FILE = "lifetimes/datasets/CDNOW_sample.txt"
CUSTOMERS = 2_357
CALIBRATED_UNTIL = "1997-09-30"
"""The end of the 39 weeks from which the paper estimates."""


def cdnow_orders(folder: Path) -> Path:
    """The file, an order a purchase, at noon of its day."""
    text = Path(str(distribution("lifetimes").locate_file(FILE))).read_text(encoding="ascii")
    orders = [_order(number, *line.split()) for number, line in enumerate(text.splitlines()) if line.strip()]
    path = folder / "cdnow.jsonl"
    path.write_bytes(b"\n".join(orders))
    return path


def _order(number: int, customer: str, _in_sample: str, day: str, _discs: str, dollars: str) -> bytes:
    return orjson.dumps(
        {
            "event_id": f"e{number}",
            "type": "order_placed",
            "order_id": f"o{number}",
            "occurred_at": f"{day[:4]}-{day[4:6]}-{day[6:]}T12:00:00Z",
            "customer_id": customer,
            "total": dollars,
            "currency": "USD",
        }
    )
