"""What a case of the table of bad input is, and the good records that are made bad."""

from typing import NamedTuple

import orjson

from schemas.topics import Topic

Json = dict[str, object]

NOW = 1_750_000_000_000
"""When the records are taken, ms."""
DAY_MS = 86_400_000
APPLIED, LATE, IGNORED, QUARANTINED = "applied", "late", "ignored", "quarantined"


class Case(NamedTuple):
    """One record: its row in the reference's table, what is wrong with it, and what becomes of it. `reason` is that of
    its dead letter, `oddity` what is counted besides its outcome, with commas between."""

    row: int
    what: str
    value: bytes | None
    outcome: str
    reason: str | None = None
    oddity: str | None = None
    topic: Topic = Topic.CLICKSTREAM
    key: bytes | None = b"phone"

    @property
    def oddities(self) -> list[str]:
        """All that is counted besides the outcome."""
        return self.oddity.split(", ") if self.oddity else []

    @property
    def name(self) -> str:
        """How the case is called in a report."""
        return f"{self.row} {self.what} ({self.topic.value})"


def click(**fields: object) -> bytes:
    """An item added by the visitor `phone`, but for these fields; `...` drops one."""
    good: Json = {
        "event_id": "e",
        "type": "cart_item_added",
        "occurred_at": NOW,
        "visitor_id": "phone",
        "product_id": "mug",
        "price": 1,
        "currency": "EUR",
    }
    return _bytes(good | fields)


def page(**fields: object) -> bytes:
    """A page viewed, with a field `url` that is "x"."""
    good: Json = {"event_id": "e", "type": "page_viewed", "occurred_at": NOW, "visitor_id": "phone", "url": "x"}
    return _bytes(good | fields)


def order(**fields: object) -> bytes:
    """An order of the customer `phone`, who shares the name with the visitor."""
    good: Json = {"event_id": "o", "type": "order_placed", "order_id": "O", "occurred_at": NOW, "customer_id": "phone"}
    return _bytes(good | fields)


def engagement(**fields: object) -> bytes:
    """An opt-out of the same customer."""
    return _bytes({"event_id": "g", "type": "opted_out", "occurred_at": NOW, "customer_id": "phone"} | fields)


def _bytes(record: Json) -> bytes:
    return orjson.dumps({name: value for name, value in record.items() if value is not ...})


def cart(lines: object) -> bytes:
    """A whole cart with these lines."""
    return click(type="cart_updated", lines=lines)


def raw(value: bytes, old: str, new: bytes | str) -> bytes:
    """The record with that piece of its text replaced; the piece has to be there."""
    assert old.encode() in value
    return value.replace(old.encode(), new if isinstance(new, bytes) else new.encode(), 1)


def priced(text: str) -> bytes:
    """An item added with that text for its price."""
    return raw(click(), '"price":1', f'"price":{text}')


def timed(text: str) -> bytes:
    """An item added with that text for its time."""
    return raw(click(), f'"occurred_at":{NOW}', f'"occurred_at":{text}')


def of_all(case: Case) -> list[Case]:
    """The case on each of the three source topics."""
    return [case._replace(topic=topic) for topic in (Topic.CLICKSTREAM, Topic.ORDERS, Topic.ENGAGEMENTS)]


def of_all_records(row: int, what: str, outcome: str, reason: str | None = None, **fields: object) -> list[Case]:
    """A good record of each topic with these fields."""
    return [
        Case(row, what, value, outcome, reason, None, topic)
        for value, topic in (
            (click(**fields), Topic.CLICKSTREAM),
            (order(**fields), Topic.ORDERS),
            (engagement(**fields), Topic.ENGAGEMENTS),
        )
    ]


def bad(row: int, what: str, value: bytes, reason: str, topic: Topic = Topic.CLICKSTREAM) -> Case:
    """A record that is put aside."""
    return Case(row, what, value, QUARANTINED, reason, None, topic)


def good(row: int, what: str, value: bytes, oddity: str | None = None, topic: Topic = Topic.CLICKSTREAM) -> Case:
    """A record that is applied."""
    return Case(row, what, value, APPLIED, None, oddity, topic)


def nested(brackets: bytes, depth: int) -> bytes:
    """A page viewed with so many brackets in a field that nobody knows; not closed."""
    return raw(page(deep=0), '"deep":0}', b'"deep":' + brackets * depth)


def keys(number: int) -> bytes:
    """A page viewed with so many properties."""
    return page(properties={f"k{index}": index for index in range(number)})


CLICKSTREAM, ORDERS, ENGAGEMENTS = Topic.CLICKSTREAM, Topic.ORDERS, Topic.ENGAGEMENTS
UUID = "F47AC10B-58CC-4372-A567-0E02B2C3D479"
