"""How shops really write their records: one thing changed in an otherwise good purchase, or in an item added.

Each variation has what becomes of it: what is odd about it, or why it is refused. A purchase that is refused is a false
reminder of a cart that was paid for.
"""

from tests.bad_input.case import NOW
from tests.bad_input.order_details import OF_ORDERS
from tests.bad_input.variation import COMPLETED, ITEM, LINE, ORDER, Json, Variation, beside, kinds, line

NOBODIES = (
    *("guest", "Guest", "unknown", "(not set)", "n/a", "N/A", "false", "-", "test", "[object Object]", "0", 0, "0.0"),
    *("undefined.undefined", "undefined", "null", "000000000.000000000", "00000000-0000-0000-0000-000000000000"),
    *("<NA>", "Gast", "invit\u00e9", "\u0433\u043e\u0441\u0442\u044c", "\u30b2\u30b9\u30c8", "Walk-in customer"),
    *("%customer_id%", "$user_id", "<visitor_id>"),
)
NOTHING = (
    *("undefined", "null", "None", "(not set)", "[object Object]", "00000000-0000-0000-0000-000000000000"),
    *("-", "unknown", "{{ order.id }}", "${orderId}", "{% id %}"),
)
BAD_IDS = (False, True, ["a"], {"id": 1}, "\u200b", "a/../b")
DIRTY_IDS = ("a\nb", "a\u200bb", "a\t", " a", "cafe\u0301")
CURRENCIES = ("JEP", "USDC", "IRT", "BTC", "XXX", "RMB", "GGP", "BYR", "MRO", "VEF", "STD", "€", 978, ["EUR"], "euro")
NO_AMOUNTS = ("12,50", "$10", "1_000", "1_0", "10.00 EUR", "NaN", True, [1], {"amount": 1}, 10**14, "1e-400")
NO_LINES: tuple[object, ...] = (None, 7, "p2", ["p2"], {})
A_LINE = {"product_id": "p1"}
TEXTS = (7, True, ["a"], {"a": 1})

MONEY: list[Variation] = [
    *kinds("currency", "currency", ("eur", " EUR", "Eur", "EUR\u200b", "\ufeffEUR"), "currency_folded"),
    *kinds("currency", "currency", ("", None, " ", [], {})),
    *kinds("currency", "currency", CURRENCIES, "amount_dropped"),
]
"""Of any record that has amounts."""

LINES: list[Variation] = [
    Variation("a discount", beside(unit_price="-5.00"), ("adjustment_line",)),
    Variation("a rounding line without a product", beside(product_id=None, unit_price=-0.01), ("adjustment_line",)),
    Variation("one piece back", beside(quantity=-1), ("adjustment_line",)),
    Variation("half a kilogram back", beside(quantity=-0.5), ("adjustment_line",)),
    *[
        Variation(f"a line's product {str(id_)[:20]!r}", beside(product_id=id_), ("line_dropped",))
        for id_ in (None, ..., "", " ", "\u200b", "x" * 257, True, ["p"], {"id": 7}, *NOTHING)
    ],
    Variation("no line with a product", line(product_id=...), ("line_dropped",)),
    Variation("a product as a number", line(product_id=30)),
    *[
        Variation(f"a line's product {id_!r}", line(product_id=id_), ("id_cleaned",))
        for id_ in ("SKU\t", "SKU\n", "SKU ", "\u200bSKU", "cafe\u0301", "\U0001f468\u200d\U0001f469", "a\u202eb")
    ],
    *[Variation(f"a line that is {each!r}", {"lines": [LINE, each]}, ("line_dropped",)) for each in NO_LINES],
    *kinds("lines", "lines", (None, [], {})),
    *kinds("lines", "lines", ({"0": A_LINE}, {"1": A_LINE, "3": A_LINE}, {"a1b2": A_LINE}, A_LINE)),
    Variation("lines as an object, one of them none", {"lines": {"0": A_LINE, "count": 1}}, ("line_dropped",)),
    *kinds("lines", "lines", ('[{"product_id":"p1"}]', ' {"0": {"product_id": "p1"}}', "[]", "{}")),
    *kinds("lines", "lines", ("p1", 7, True, "[", '{"product_id":', "[" * 300 + "]" * 300), "field_dropped"),
    Variation("700 lines", {"lines": [LINE] * 700}, ("lines_cut",)),
    Variation("2,000 long lines", {"lines": [LINE | {"title": "x" * 400}] * 2_000}, ("unknown_field", "lines_cut")),
    *[Variation(f"quantity {number!r}", line(quantity=number)) for number in (None, "", 1.0, 0, 0.3, 1.125, 2e6, ...)],
    *[
        Variation(f"quantity {text!r}", line(quantity=text), ("quantity_text",))
        for text in ("1", "1.0000", " 0.3 ", "2\u200b")
    ],
    *[Variation(f"quantity {each!r}", line(quantity=each), ("quantity_rounded",)) for each in (0.3333, 0.1 + 0.2)],
    *[
        Variation(f"quantity {each!r}", line(quantity=each), ("field_dropped",))
        for each in ("one", True, [1], {"value": 1}, 1e20, "NaN", "1_000")
    ],
    *[Variation(f"unit_price {each!r}", line(unit_price=each)) for each in ("", None, 0, "0.00", 10, "+10", ...)],
    *[Variation(f"unit_price {each!r}", line(unit_price=each), ("amount_dropped",)) for each in NO_AMOUNTS],
    *[
        Variation(f"unit_price {each!r}", line(unit_price=each), ("amount_rounded",))
        for each in (14.265, 5.989999999999995, "4766.11570248", 0.1 + 0.2)
    ],
    Variation("a price under two names", line(price="10.00")),
    Variation("two prices", line(price="11.00"), ("field_dropped",)),
    Variation("a product in two spellings", line(productId="p1"), ("unknown_field",)),
    Variation("another product in another spelling", line(productId="p9"), ("unknown_field",)),
    Variation("a line's currency in lower case", line(currency="eur"), ("currency_folded",)),
    Variation("a line's currency empty", line(currency="")),
    Variation("a line's currency another", beside(currency="USD"), ("amount_dropped",)),
    Variation("presentment and shop currency", {**line(currency="USD"), "currency": "EUR"}, ("amount_dropped",)),
    Variation("1,200,000,000 IRR", {**line(unit_price=1_200_000_000), "currency": "IRR"}),
    Variation("ISK with decimals", {**line(unit_price="1990.50"), "currency": "ISK"}, ("amount_rounded",)),
    Variation("a name of a line twice", {"lines": ...}, (), None, '"lines":[{"product_id":"p1","product_id":"p1"}],'),
    Variation("a price of a line twice", {"lines": ...}, ("field_dropped",), None,
              '"lines":[{"product_id":"p1","price":1,"price":2}],'),
]  # fmt: skip
"""Of an order, and of a purchase on the site. What is told of a line is told of an order with that line."""

TOTALS: list[Variation] = [
    Variation("a total below zero", {"total": "-57.23"}, ("amount_dropped",)),
    *kinds("total", "total", ("", None, ...)),
    *kinds("total", "total", NO_AMOUNTS, "amount_dropped"),
    Variation("a total with noise", {"total": 9.999999999999995}, ("amount_rounded",)),
    Variation("a total of four decimals", {"total": "10.0048"}, ("amount_rounded",)),
    Variation("no decimals in a total", {"total": 10}),
    Variation("nothing to pay", {"total": "0.00", "lines": []}),
    Variation("another total", {"total": "12.00"}, ("total_mismatch",)),
    Variation("two totals", {"total": ...}, ("field_dropped",), None, '"total":1,"total":2,'),
]
"""Of an order alone. Its total is compared with the sum of the lines as they are told, before they are rounded."""

STORES: list[Variation] = [
    *kinds("store", "store", ("", None, 7, "north", "Main St. 7", ...)),
    *kinds("store", "store", ("north\n", "nor\u200bth", " north"), "id_cleaned"),
    *kinds("store", "store", ("x" * 257, True, [], {"id": 7}, *NOTHING), "field_dropped"),
]
"""Of an order, and of a purchase on the site."""

PAYMENTS: list[Variation] = [
    *kinds("payment_state", "payment_state", ("", None, "paid", "PAID", " Offline", "authorized", "paid\u200b", ...)),
    *kinds(
        "payment_state",
        "payment_state",
        (
            *("complete", "Completed", "captured", "succeeded", "requires-capture", "cash on delivery", "BACS"),
            *("on-hold", "wc-completed", "partially_paid", "APPROVED", "no_payment_required", "banktransfer"),
        ),
        "payment_synonym",
    ),
    *kinds(
        "payment_state",
        "payment_state",
        ("on the moon", "processing", "refunded", 7, True, ["paid"], {}),
        "payment_unknown",
    ),
]
"""Of an order that is a purchase all the same."""

IDS: list[Variation] = [
    *kinds("cart_id", "cart_id", ("", None, 7, "a b/c:d#e", "Z2lkOi8v==")),
    *kinds("cart_id", "cart_id", ("C\n", "C\u200b", "C "), "id_cleaned"),
    *kinds("cart_id", "cart_id", ("x" * 257, True, ["C"], "0", 0, *NOTHING), "field_dropped"),
    *kinds("event_id", "event_id", NOTHING, "id_derived"),
    *kinds("event_id", "event_id", (17, "gid://shopify/Order/5501", "a b")),
    *kinds("event_id", "event_id", ("a\n", "a\r\n", "\ufeffa", "a\u200b", "cafe\u0301", " a"), "id_cleaned"),
    *kinds("event_id", "event_id", ("x" * 257, "\u00e9" * 300), "id_derived"),
    *[
        Variation(f"{name} {id_!r} beside the other", {name: id_}, ("id_cleaned",))
        for name in ("customer_id", "visitor_id")
        for id_ in DIRTY_IDS
    ],
    *[Variation(f"a long {name}", {name: "x" * 257}, ("id_derived",)) for name in ("customer_id", "visitor_id")],
    *[
        Variation(f"customer {str(id_)[:30]!r} beside a visitor", {"customer_id": id_}, ("owner_dropped",))
        for id_ in (*NOBODIES, *BAD_IDS)
    ],
    Variation("nobody with a blank", {"customer_id": "Guest "}, ("id_cleaned", "owner_dropped")),
    *kinds("customer", "customer_id", ("", " ", None, ...)),
    *kinds("customer", "customer_id", (205, 205.0, "a b", "gid://shopify/Customer/7", "#1017 / B", "Anna@Example.com")),
    *[
        Variation(f"visitor {str(id_)[:30]!r} beside a customer", {"visitor_id": id_}, ("owner_dropped",))
        for id_ in (*NOBODIES, *BAD_IDS)
    ],
    Variation("a customer in two spellings", {"customerId": "c1"}, ("unknown_field",)),
    Variation("an e-mail address in two spellings", {"customer_id": "Ann@x.de", "customerId": "ann@x.de"},
              ("unknown_field",)),
    Variation("an order in two spellings", {"orderId": "1001", "orderID": 1001}, ("unknown_field",)),
    Variation("a number beside its text", {"order_id": ...}, (), None, '"order_id":1001,"order_id":"1001",'),
    Variation("one value twice", {}, (), None, '"customer_id":"c1",'),
    Variation("a platform's Type", {"Type": "track"}, ("unknown_field",)),
    Variation("a doubled name that is not ours", {}, ("unknown_field",), None, '"note":1,"note":2,'),
    Variation("a tab and a line break in a text, as they stand", {}, ("unknown_field",), None, '"note":"a\tb\nc",'),
    Variation("doubled names inside", {}, ("unknown_field",), None, '"meta":{"a":1,"a":2},'),
    *[
        Variation(f"another {name}", {name: "x"}, ("unknown_field",))
        for name in ("eventId", "customerId", "visitorId", "occurredAt", "orderId", "Currency", "cart-id", "Lines")
    ],
    Variation("two customers under one name", {}, (), "duplicate_key", '"customer_id":"c2",'),
    Variation("nobody at all", {"customer_id": "guest", "visitor_id": "undefined"}, (), "bad_id"),
    Variation("nobody named", {"customer_id": None, "visitor_id": None}, (), "missing"),
    *[
        Variation(f"event_id {str(id_)[:20]!r}", {"event_id": id_}, (), reason)
        for id_, reason in ((None, "missing"), ("", "bad_id"), ("\n", "bad_id"), ("\u200b", "bad_id"), (["a"], "type"),
                            (True, "type"))
    ],
    Variation("another version", {"schema_version": "2024-10"}, (), "version"),
    *kinds("version", "schema_version", ("", None, "1.7", 1, 1.0, 1.2, [], {}, "1.0.0-beta", "1.x", "V1")),
    Variation("another type of letters", {"type": "ORDER_PLACED"}, ("unknown_type",)),
]  # fmt: skip
"""Of an order and of a click alike."""

TIMES: list[Variation] = [
    *kinds("time", "occurred_at", (
        "2025-06-15T15:06:40Z", "2025-06-15 15:06:40 UTC", "2025-06-15T15:06:40utc", "2025-06-15t15:06:40z",
        "2025-06-15 15:06:40 +0000", "2025-06-15T17:06:40+02:00", float(NOW), "2025-06-15 15:06:40 GMT",
        "2025-06-15 15:06:40 Etc/UTC", "2025-06-15 15:06:40 +0000 UTC", "2025-06-15T17:06:40+02:00[Europe/Berlin]",
        "2025-06-15T15:06:40Z[UTC]", "Sun, 15 Jun 2025 15:06:40 GMT", "Sun, 15 Jun 2025 17:06:40 +0200",
        "Sun Jun 15 2025 17:06:40 GMT+0200 (CEST)", "2025-06-15 17:06:40.000000001 +0200 CEST m=+0.001",
        NOW + 0.5, "Sun Jun 15 15:06:40 UTC 2025", "Sun Jun 15 17:06:40 +0200 2025", "15/Jun/2025:17:06:40 +0200",
        "Sunday, 15-Jun-2025 15:06:40 UTC", "2025/06/15 15:06:40 UTC", "2025-6-15T15:06:40Z",
        "\u200e2025-06-15T15:06:40Z", "Jun 15, 2025 3:06:40 PM UTC", "2025-06-15T13:06:40\u221202:00",
    )),
    *[
        Variation(f"time {at!r}", {"occurred_at": at}, (), "time")
        for at in ("2025-06-15T15:06:40", "2025-06-15 15:06:40", "Sun, 15 Jun 2025 15:06:40", "2025-06-15 15:06:40 CET",
                   "2025-06-15T15:06:40[Europe/Berlin]", str(NOW), NOW // 1000, NOW / 1000, NOW * 1000, None, "", [NOW],
                   True)
    ],
]  # fmt: skip
"""Of an order and of a click alike."""

ON_SITE: list[Variation] = [
    *kinds("properties", "properties", (None, [], {}, {"a": [1, None]}, '{"a": [1, null]}', "{}")),
    *kinds("properties", "properties", ("x", 7, [1], True, "[1]", "{a}"), "field_dropped"),
    *kinds("traits", "traits", ([], None, "[]")),
    *kinds("traits", "traits", ("x",), "field_dropped"),
    *[
        variation
        for name in ("url", "referrer", "query", "category", "exit_kind", "name")
        for variation in (
            *kinds(name, name, (None, "")),
            *kinds(name, name, (*TEXTS, "x" * 5_000), "field_dropped"),
        )
    ],
    *kinds("session", "session_id", (7, 7.0, "s", None)),
    *kinds("session", "session_id", (True, ["s"]), "field_dropped"),
    *kinds("sent_at", "sent_at", ("", None, NOW, "2025-06-15T15:06:41Z")),
    *kinds("sent_at", "sent_at", ("2025-06-15T15:06:41", "soon", NOW // 1000, True), "field_dropped"),
    *[Variation(f"price {each!r}", {"price": each}) for each in ("", None, 10, 1e1)],
    *[Variation(f"price {each!r}", {"price": each}, ("amount_dropped",)) for each in (*NO_AMOUNTS, -1)],
    *[Variation(f"price {each!r}", {"price": each}, ("amount_rounded",)) for each in (14.265, 5.989999999999995)],
    Variation("a price in two spellings", {"price": 10, "unit_price": "10.00"}, ("unknown_field",)),
    Variation("another price in another spelling", {"price": 10, "unit_price": "11.00"}, ("unknown_field",)),
    Variation("a url in two spellings", {"url": "/a", "URL": "/a"}, ("unknown_field",)),
    Variation("a name in two spellings", {"name": "a", "Name": "a"}, ("unknown_field",)),
    Variation("sent_at in two spellings", {"sent_at": NOW, "sentAt": NOW}, ("unknown_field",)),
    *[Variation(f"quantity {each!r}", {"quantity": each}) for each in (None, "", 1.0, 0.5, 2e6)],
    *[
        Variation(f"quantity {each!r}", {"quantity": each}, ("field_dropped",))
        for each in (-1, "two", True, 1e20, [2], {"value": 2}, "1_0")
    ],
    *[Variation(f"quantity {each!r}", {"quantity": each}, ("quantity_text",)) for each in ("2", "1", "1.0", " 2 ")],
    Variation("another quantity", {"quantity": 1, "Quantity": 5}, ("unknown_field",)),
    Variation("quantity 0.3333", {"quantity": 0.3333}, ("quantity_rounded",)),
    Variation("a product as a number", {"product_id": 30}),
    *kinds("product", "product_id", ("p\u200b1", "p1\t", "cafe\u0301", "p1 "), "id_cleaned"),
]
"""Of any click."""

BY_THE_WAY: list[Variation] = [
    *kinds("product", "product_id", (None, "", ...)),
    *kinds("product", "product_id", ("x" * 257, True, ["p1"], *NOTHING), "field_dropped"),
    *kinds("order", "order_id", (None, "", 7, ...)),
    *kinds("order", "order_id", ("1001\n", " 1001"), "id_cleaned"),
    *kinds("order", "order_id", ("x" * 257,), "id_derived"),
    *kinds("order", "order_id", (["1001"], True, *NOTHING), "field_dropped"),
]
"""Of a purchase on the site, which says the rest by the way."""

ABOUT_THE_CART: list[Variation] = [
    *[
        Variation(f"product {str(each)[:20]!r}", {"product_id": each}, (), reason)
        for each, reason in (
            (None, "missing"),
            ("", "missing"),
            (..., "missing"),
            ("x" * 257, "bad_id"),
            ("undefined", "bad_id"),
            (True, "type"),
        )
    ],
    Variation("another product in another spelling", {"productId": "p2"}, ("unknown_field",)),
    Variation("a product in two spellings", {"productId": "p1"}, ("unknown_field",)),
]
"""Of an item added, which has to say what."""

VARIED: list[tuple[str, Json, Variation]] = [
    *[("order", ORDER, each) for each in (*MONEY, *LINES, *TOTALS, *STORES, *PAYMENTS, *OF_ORDERS, *IDS, *TIMES)],
    *[
        ("purchase on the site", COMPLETED, each)
        for each in (*MONEY, *LINES, *STORES, *IDS, *TIMES, *ON_SITE, *BY_THE_WAY)
    ],
    *[("item added", ITEM, each) for each in (*MONEY, *IDS, *TIMES, *ON_SITE, *ABOUT_THE_CART)],
]
