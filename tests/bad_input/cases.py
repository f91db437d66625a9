"""The corpus: every kind of bad or odd record, and the one outcome that it ends in."""

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
    its dead letter, `oddity` what is counted besides its outcome."""

    row: int
    what: str
    value: bytes | None
    outcome: str
    reason: str | None = None
    oddity: str | None = None
    topic: Topic = Topic.CLICKSTREAM
    key: bytes | None = b"phone"

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


ORDERS, ENGAGEMENTS = Topic.ORDERS, Topic.ENGAGEMENTS
CASES: list[Case] = [
    *of_all(Case(1, "empty", b"", QUARANTINED, "empty")),
    *of_all(Case(1, "blanks only", b" \n\t ", QUARANTINED, "empty")),
    *of_all(Case(2, "no value", None, IGNORED, None, "tombstone")),
    *[
        case
        for text in ("null", "[]", '"x"', "1", "true")
        for case in of_all(Case(3, text, text.encode(), QUARANTINED, "not_object"))
    ],
    bad(4, "cut off", click()[:-1], "malformed"),
    bad(4, "something behind it", click() + b"x", "malformed"),
    bad(4, "two documents", click() + click(), "malformed"),
    bad(4, "cut off", order()[:-1], "malformed", ORDERS),
    bad(4, "two documents", engagement() * 2, "malformed", ENGAGEMENTS),
    good(5, "invalid UTF-8 in a text", raw(page(), '"x"', b'"\xff"'), "field_dropped"),
    good(5, "overlong UTF-8 in a text", raw(page(), '"x"', b'"\xc0\xaf"'), "field_dropped"),
    bad(5, "invalid UTF-8 in what identifies it", raw(page(), '"e"', b'"\xff"'), "encoding"),
    bad(5, "invalid UTF-8 between names", raw(page(), ',"type"', b',\xff"type"'), "encoding"),
    bad(5, "UTF-16 with a mark", page().decode().encode("utf-16"), "encoding"),
    bad(5, "UTF-16, little endian", page().decode().encode("utf-16-le"), "encoding"),
    bad(5, "UTF-16, big endian", page().decode().encode("utf-16-be"), "encoding"),
    good(5, "UTF-8 with a mark", b"\xef\xbb\xbf" + page(), "byte_order_mark"),
    good(5, "UTF-8 with a mark", b"\xef\xbb\xbf" + order(), "byte_order_mark", ORDERS),
    good(5, "UTF-8 with a mark", b"\xef\xbb\xbf" + engagement(), "byte_order_mark", ENGAGEMENTS),
    bad(5, "two marks", b"\xef\xbb\xbf" * 2 + page(), "malformed"),
    good(6, "lone surrogate in a text", raw(page(), '"x"', '"\\ud800"'), "field_dropped"),
    good(6, "lone second half in a text", raw(page(), '"x"', '"\\udc00"'), "field_dropped"),
    good(6, "two first halves in a text", raw(page(), '"x"', '"\\ud800\\ud800"'), "field_dropped"),
    good(6, "in properties", raw(page(properties={"a": 0}), ':0', ':"\\ud800"'), "field_dropped"),
    good(6, "in a name", raw(page(), '"url"', '"\\ud800"'), "unknown_field"),
    bad(6, "lone surrogate in an order's id", raw(order(), '"O"', '"\\ud800"'), "encoding", ORDERS),
    good(6, "a whole pair", raw(page(), '"x"', '"\\ud83d\\ude00"')),
    *[
        good(7, f"U+{ord(char):04X} in a product's id", click(product_id=f"a{char}b"), "id_cleaned")
        for char in "\x00\t\n\r\x1b\x7f\x85\u2028"
    ],
    bad(7, "line break in an order's id", order(order_id="a\r\nb"), "control_char", ORDERS),
    bad(7, "line break in an event's id", click(event_id="a\nb"), "control_char"),
    bad(7, "line break in the only owner's id", order(customer_id="a\nb"), "control_char", ORDERS),
    good(7, "line break in one of two owners' ids", order(visitor_id="a\nb"), "owner_dropped", ORDERS),
    good(7, "NUL in the id of a trigger", engagement(trigger_id="a\0b"), "id_cleaned", ENGAGEMENTS),
    good(7, "in the id of a line", click(type="cart_updated", lines=[{"product_id": "a\nb"}]), "id_cleaned"),
    good(7, "line break in a text", page(url="a\nb")),
    good(8, "a product's id in NFD", click(product_id="cafe\u0301"), "id_cleaned"),
    good(8, "zero width in a product's id", click(product_id="mu\u200bg"), "id_cleaned"),
    good(8, "right-to-left override in a product's id", click(product_id="mu\u202eg"), "id_cleaned"),
    good(8, "blanks around a product's id", click(product_id=" mug "), "id_cleaned"),
    bad(8, "nothing left of a product's id", click(product_id="\u200b"), "bad_id"),
    bad(8, "an order's id in NFD", order(order_id="cafe\u0301"), "bad_id", ORDERS),
    good(8, "an id in NFC", click(product_id="caf\u00e9")),
    good(8, "NFD and overrides in a text", page(url="cafe\u0301\u202e")),
    bad(9, "more than 1 MB", page(url="x" * 1_050_000), "too_large"),
    bad(9, "more than 1 MB", order(total=1, note="x" * 1_050_000), "too_large", ORDERS),
    bad(9, "more than 1 MB", engagement(note="x" * 1_050_000), "too_large", ENGAGEMENTS),
    good(9, "a long text", page(url="x" * 5_000), "field_dropped"),
    good(9, "600 lines", click(type="cart_updated", lines=[{"product_id": "m"}] * 600), "lines_cut"),
    good(9, "600 lines", order(lines=[{"product_id": "m"}] * 600), "lines_cut", ORDERS),
    good(9, "500 lines", order(lines=[{"product_id": "m"}] * 500), None, ORDERS),
    good(9, "5,000 names", keys(5_000)),
    bad(10, "20,000 lists", nested(b"[", 20_000), "too_deep"),
    bad(10, "10,000 objects", nested(b'{"a":', 10_000), "too_deep"),
    bad(10, "201 lists, closed", raw(page(n=0), '"n":0', b'"n":' + b"[" * 201 + b"]" * 201), "too_deep"),
    bad(10, "200,000 lists", raw(order(n=0), '"n":0}', b'"n":' + b"[" * 200_000), "too_deep", ORDERS),
    good(10, "200 lists, closed", raw(page(n=0), '"n":0', b'"n":' + b"[" * 200 + b"]" * 200), "unknown_field"),
    *of_all(Case(11, "gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00", QUARANTINED, "wrong_format")),
    bad(11, "Zstandard", b"\x28\xb5\x2f\xfd\x04\x00", "wrong_format"),
    bad(11, "Avro or Protobuf with a schema id", b"\x00\x00\x00\x00\x07abc", "wrong_format"),
    bad(11, "an Avro file", b"Obj\x01\x04\x16", "wrong_format"),
    *[
        good(13, f"price {text}", priced(text), "amount_dropped")
        for text in ("NaN", "Infinity", "-Infinity", "1e400")
    ],
    *[bad(13, f"time {text}", timed(text), "number") for text in ("NaN", "-Infinity", "1e400")],
    good(13, "total NaN", raw(order(total=1), '"total":1', '"total":NaN'), "amount_dropped", ORDERS),
    good(14, "price 2^70", priced(str(2**70)), "amount_dropped"),
    good(14, "5,000 digits", priced("1" * 5_000), "amount_dropped"),
    good(14, "5,000 digits in a string", priced('"' + "1" * 5_000 + '"'), "amount_dropped"),
    good(14, "1,200,000,000 IRR", order(total=1_200_000_000, currency="IRR"), None, ORDERS),
    good(14, "more than 10,000,000,000,000", order(total=10_000_000_000_001), "amount_dropped", ORDERS),
    bad(14, "quantity 2^70", raw(click(quantity=1), '"quantity":1', f'"quantity":{2**70}'), "number"),
    *[
        good(14, f"price {text}", priced(text), "amount_dropped")
        for text in ("1e-400", '"1e-400"', "1e-1000027", '"1e-1000027"', "1e99999999999999999999")
    ],
    good(14, "price 0 of an event 12e-34", raw(priced("0"), '"event_id":"e"', '"event_id":"12e-34"')),
    good(14, "total 1e-400", raw(order(total=1), '"total":1', '"total":1e-400'), "amount_dropped", ORDERS),
    good(14, "price -0", priced("-0")),
    good(14, "price 0.0", priced("0.0")),
    good(15, "decimal comma", priced('"12,50"'), "amount_dropped"),
    good(15, "10.00 EUR", priced('"10.00 EUR"'), "amount_dropped"),
    good(15, "true", priced("true"), "amount_dropped"),
    good(15, "an empty price", priced('""')),
    bad(15, "a quantity in a string", click(quantity="2"), "type"),
    good(15, "a quantity in a string", page(quantity="2"), "quantity_text"),
    good(15, "a line's in a string", order(lines=[{"product_id": "m", "quantity": "2.000"}]), "quantity_text", ORDERS),
    good(15, "no quantity", page(quantity="two"), "field_dropped"),
    good(15, "a third of a piece", click(quantity=0.3333), "quantity_rounded"),
    good(15, "0.3 kg", click(quantity=0.3)),
    good(15, "quantity 1.0", click(quantity=1.0)),
    good(15, "quantity null", click(quantity=None)),
    good(15, "decimal in a string", priced('"12.50"')),
    good(16, "negative price", priced("-1"), "amount_dropped"),
    bad(16, "negative quantity", click(quantity=-1), "number"),
    good(16, "negative quantity", page(quantity=-1), "field_dropped"),
    good(16, "negative total", order(total=-1), "amount_dropped", ORDERS),
    good(16, "negative quantity", order(lines=[{"product_id": "m", "quantity": -1}]), "adjustment_line", ORDERS),
    good(
        16,
        "a discount",
        order(total=4, lines=[{"product_id": "m", "price": 5}, {"product_id": "coupon", "price": -1}]),
        "adjustment_line",
        ORDERS,
    ),
    good(16, "a refund's negative total", order(type="order_refunded", total=-1, currency="EUR"), None, ORDERS),
    good(16, "an order for nothing", order(total=0, lines=[]), None, ORDERS),
    good(17, "three decimals of EUR", priced("1.234"), "amount_rounded"),
    good(17, "decimals of JPY", click(price="100.50", currency="JPY"), "amount_rounded"),
    good(17, "three decimals of KWD", click(price="1.234", currency="KWD")),
    good(17, "three decimals of no currency", click(price="1.234", currency=...), "amount_rounded"),
    good(17, "unknown currency", click(currency="XXQ"), "amount_dropped"),
    good(17, "lower-case currency", click(currency="eur"), "currency_folded"),
    good(17, "an empty currency", click(currency="")),
    good(
        17,
        "two currencies in one cart",
        click(type="cart_updated", lines=[{"product_id": "m", "price": 1, "currency": "USD"}]),
        "amount_dropped",
    ),
    good(17, "unknown currency", order(currency="ZZZ"), "amount_dropped", ORDERS),
    good(17, "three decimals", order(total="1.234", currency="EUR"), "amount_rounded", ORDERS),
    *of_all_records(18, "no event_id", QUARANTINED, "missing", event_id=...),
    *of_all_records(18, "event_id null", QUARANTINED, "missing", event_id=None),
    *of_all_records(18, "no type", QUARANTINED, "missing", type=...),
    bad(18, "no visitor_id", click(visitor_id=...), "missing"),
    bad(18, "item without a product", click(product_id=...), "missing"),
    bad(18, "cart without lines", click(type="cart_updated"), "missing"),
    bad(18, "nobody's", order(customer_id=...), "missing", ORDERS),
    bad(18, "nobody's", engagement(customer_id=...), "missing", ENGAGEMENTS),
    good(18, "line without a product", order(lines=[{"quantity": 1}]), "line_dropped", ORDERS),
    bad(18, "only lines without a product", click(type="cart_updated", lines=[{"quantity": 1}]), "missing"),
    good(18, "an emptied cart", click(type="cart_updated", lines=[])),
    Case(
        18, "no visitor_id, but a customer", click(visitor_id=..., customer_id="ada"), APPLIED, None, "owner_dropped",
        key=b"ada",
    ),
    Case(
        43, "no visitor_id, and the key of a third", click(visitor_id=..., customer_id="ada"), QUARANTINED,
        "key_mismatch",
    ),
    good(19, "unknown field", click(loyalty_tier="gold"), "unknown_field"),
    good(19, "unknown field", order(loyalty_tier="gold"), "unknown_field", ORDERS),
    good(19, "unknown field", engagement(loyalty_tier="gold"), "unknown_field", ENGAGEMENTS),
    good(19, "lines of an engagement, a number", engagement(lines=3), "unknown_field", ENGAGEMENTS),
    good(19, "lines of an engagement, of nothing", engagement(lines=[None, 5501]), "unknown_field", ENGAGEMENTS),
    Case(20, "unknown type", page(type="wishlist_opened"), IGNORED, None, "unknown_type"),
    Case(20, "unknown type", order(type="order_sneezed_at"), IGNORED, None, "unknown_type", ORDERS),
    Case(20, "unknown type", engagement(type="sneezed"), IGNORED, None, "unknown_type", ENGAGEMENTS),
    good(21, "two values of a detail", raw(click(), '"price":1', '"price":1,"price":2'), "field_dropped"),
    bad(21, "two visitors", raw(click(), '"type"', '"visitor_id":"tablet","type"'), "duplicate_key"),
    good(21, "deep inside", raw(page(properties=0), '"properties":0', '"properties":{"a":1,"a":2}')),
    bad(21, "blanks before colons", click().replace(b'":', b'" :').replace(b"{", b'{"type" : "x",'), "duplicate_key"),
    bad(21, "two values", raw(order(), '"order_id":"O"', '"order_id":"P","order_id":"O"'), "duplicate_key", ORDERS),
    bad(21, "two values", raw(engagement(), '"type"', '"type":"x","type"'), "duplicate_key", ENGAGEMENTS),
    good(21, "one value twice", raw(click(), '"price":1', '"price":1,"price":1')),
    good(21, "quotes and colons in a text", page(url='a":b","url":"c')),
    bad(22, "two visitors", click(visitorId="tablet"), "ambiguous"),
    bad(22, "two customers", order(customerId="ada"), "ambiguous", ORDERS),
    bad(22, "two customers", engagement(Customer_ID="ada"), "ambiguous", ENGAGEMENTS),
    good(22, "equal values", click(productId="mug"), "unknown_field"),
    good(22, "equal values", raw(order(), '"O"', '"O","orderID":"O"'), "unknown_field", ORDERS),
    good(22, "a platform's Type", click(Type="track"), "unknown_field"),
    good(
        22,
        "two prices of a line",
        click(type="cart_updated", lines=[{"product_id": "m", "price": 1, "unit_price": 2}]),
        "field_dropped",
    ),
    *of_all_records(23, "version 2", QUARANTINED, "version", schema_version=2),
    *of_all_records(23, 'version "2.x"', QUARANTINED, "version", schema_version="2.x"),
    *of_all_records(23, "version 0", QUARANTINED, "version", schema_version=0),
    *of_all_records(23, "version 1", APPLIED, schema_version=1),
    *of_all_records(23, 'version "1.7"', APPLIED, schema_version="1.7"),
    *of_all_records(23, 'version "1.0.0"', APPLIED, schema_version="1.0.0"),
    *of_all_records(23, 'version "1-0-0"', APPLIED, schema_version="1-0-0"),
    *of_all_records(23, "no version", APPLIED),
    *[
        Case(24, f"visitor {json}", click(visitor_id=id_), QUARANTINED, "bad_id", key=id_.encode())
        for id_ in ("", "null", "undefined", "0", "anonymous", "NULL", " ", "a/../b", "x" * 4_096)
        for json in [id_ if len(id_) < 10 else "of 4,096 characters"]
    ],
    *[
        good(24, f"customer {id_} and a visitor", click(customer_id=id_), "owner_dropped")
        for id_ in ("null", "undefined", "0", "anonymous", "../a", "guest", "(not set)", "000000000.000000000")
    ],
    good(24, "customer false and a visitor", click(customer_id=False), "owner_dropped"),
    good(24, "customer empty and a visitor", click(customer_id="")),
    Case(24, "visitor undefined and a customer", click(visitor_id="undefined", customer_id="ada"), APPLIED, None,
         "owner_dropped", key=b"undefined"),
    Case(24, "visitor null and a customer, no key", click(visitor_id=None, customer_id="ada"), APPLIED, None,
         "owner_dropped", key=None),
    Case(24, "visitor undefined and a customer, keyed by the customer",
         click(visitor_id="undefined", customer_id="ada"), APPLIED, None, "owner_dropped", key=b"ada"),
    bad(24, "nobody on nobody's device", click(visitor_id="undefined", customer_id="guest"), "bad_id"),
    Case(24, "customer null", order(customer_id="null"), QUARANTINED, "bad_id", None, ORDERS, b"null"),
    Case(24, "customer 0", engagement(customer_id="0"), QUARANTINED, "bad_id", None, ENGAGEMENTS, b"0"),
    Case(24, "customer 0 and a visitor", order(customer_id="0", visitor_id="v"), APPLIED, None, "owner_dropped", ORDERS,
         b"0"),
    Case(24, "customer 0 and a visitor", engagement(customer_id=0, visitor_id="v"), APPLIED, None, "owner_dropped",
         ENGAGEMENTS, b"v"),
    good(24, "visitor undefined and a customer", order(visitor_id="undefined"), "owner_dropped", ORDERS),
    good(24, "ids as numbers", order(order_id=205, cart_id=7, lines=[{"product_id": 30}]), None, ORDERS),
    Case(24, "a visitor as a number", click(visitor_id=12), APPLIED, key=b"12"),
    Case(24, "an e-mail address", order(customer_id="Anna@X.de"), APPLIED, None, None, ORDERS, b"Anna@X.de"),
    Case(24, "an e-mail address, keyed in lower case", order(customer_id="Anna@X.de"), APPLIED, None, None, ORDERS,
         b"anna@x.de"),
    bad(24, "empty order", order(order_id=""), "bad_id", ORDERS),
    good(26, "any session id", page(session_id="s")),
    *of_all_records(28, "no time", QUARANTINED, "time", occurred_at=...),
    *[
        bad(28, text, timed(text), "time")
        for text in (
            "null", "0", "-1", "true", "1.5", "1750000000.0", "-" + "9" * 20, '"now"',
            '"2025-06-02T08:00:00"', '"2025-06-02"', '"2025-06-02T24:00:00Z"',
            '"2025-06-30T23:59:60Z"', '"1969-12-31T23:59:59Z"', f'"{NOW}"',
        )
    ],
    bad(28, '"now"', order(occurred_at="now"), "time", ORDERS),
    bad(28, '"now"', engagement(occurred_at="now"), "time", ENGAGEMENTS),
    bad(29, "seconds", timed(str(NOW // 1000)), "time"),
    bad(29, "seconds of 2000", timed("946684800"), "time"),
    bad(29, "seconds of 2100", timed("4102444800"), "time"),
    good(29, "sent_at in seconds", page(sent_at=NOW // 1000), "field_dropped"),
    bad(29, "microseconds", timed(str(NOW * 1000)), "time"),
    bad(29, "nanoseconds", timed(str(NOW * 10**6)), "time"),
    bad(29, "seconds", order(occurred_at=NOW // 1000), "time", ORDERS),
    bad(29, "microseconds", engagement(occurred_at=NOW * 1000), "time", ENGAGEMENTS),
    good(30, "a day ahead", click(occurred_at=NOW + DAY_MS)),
    bad(30, "more than a day ahead", click(occurred_at=NOW + DAY_MS + 1), "future"),
    bad(30, "2099", click(occurred_at="2099-01-01T00:00:00Z"), "future"),
    bad(30, "more than a day ahead", order(occurred_at=NOW + DAY_MS + 1), "future", ORDERS),
    bad(30, "more than a day ahead", engagement(occurred_at=NOW + DAY_MS + 1), "future", ENGAGEMENTS),
    Case(31, "1970", timed("1"), LATE, None, "too_old"),
    Case(31, "1970", timed('"1970-01-20T00:00:00Z"'), LATE, None, "too_old"),
    Case(31, "1970", order(occurred_at=1), LATE, None, "too_old", ORDERS),
    Case(31, "1970", engagement(occurred_at=1), LATE, None, "too_old", ENGAGEMENTS),
    Case(31, "older than what is kept", timed(str(NOW - 31 * DAY_MS)), LATE, None, "too_old"),
    good(32, "exactly within the allowed lateness", click(occurred_at=NOW - 5_000)),
    Case(32, "beyond the allowed lateness", click(occurred_at=NOW - 5_001), LATE),
    Case(32, "beyond the allowed lateness", order(occurred_at=NOW - 5_001), LATE, None, None, ORDERS),
    Case(33, "a producer's clock two hours behind", click(occurred_at=NOW - 7_200_000), LATE),
    bad(35, "29 February of no leap year", timed('"2025-02-29T00:00:00Z"'), "time"),
    bad(35, "a zone by its name", timed('"2025-06-15T12:00:00[Europe/Berlin]"'), "time"),
    good(35, "UTC by its name", timed('"2025-06-15 15:06:39.999 UTC"')),
    good(35, "in lower case", timed('"2025-06-15t15:06:39.999z"')),
    good(35, "milliseconds with a point", timed(f"{NOW}.0")),
    good(35, "an offset", timed('"2025-06-15T22:06:39.999+07:00"')),
    good(41, "total is not the sum", order(total=3, lines=[{"product_id": "m", "price": 1}]), "total_mismatch", ORDERS),
    good(42, "no items", order(lines=[]), None, ORDERS),
    Case(43, "no key", click(), QUARANTINED, "key_mismatch", key=None),
    Case(43, "another key", click(), QUARANTINED, "key_mismatch", key=b"tablet"),
    Case(43, "another key", order(), QUARANTINED, "key_mismatch", None, ORDERS, b"tablet"),
    Case(43, "keyed by visitor", order(visitor_id="v"), APPLIED, None, None, ORDERS, b"v"),
    Case(43, "no key", order(), APPLIED, None, None, ORDERS, None),
    Case(43, "no key", engagement(), APPLIED, None, None, ENGAGEMENTS, None),
    Case(43, "another key", engagement(), QUARANTINED, "key_mismatch", None, ENGAGEMENTS, b"tablet"),
    *[
        good(50, f"{text} in texts and ids", click(url=text, product_id=text))
        for text in ("{{7*7}}", "{0.__class__}", "%n%s")
    ],
    *[
        good(51, f"{what} in texts", page(url=text))
        for what, text in (
            ("HTML", "<script>alert(1)</script>"),
            ("SQL", "'; DROP TABLE users; --"),
            ("a log line", "x\n[ERROR] all is lost"),
            ("ANSI escapes", "\x1b[2J"),
        )
    ],
    bad(58, "blessed by Faust", raw(page(), "{", '{"__faust":{"ns":"os.system"},'), "wrong_format"),
    bad(58, "blessed by Faust, and nothing else", b'{"__faust":{"ns":"os.system"}}', "wrong_format"),
    bad(58, "pickle", b"\x80\x04\x95\x00", "wrong_format"),
    bad(58, "pickle", b"\x80\x04\x95\x00", "wrong_format", ORDERS),
]  # fmt: skip
