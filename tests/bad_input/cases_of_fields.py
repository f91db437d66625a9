"""Rows 18 to 58 of the table of bad input: fields, owners, times, and what a record as a whole says."""

from tests.bad_input.case import (
    APPLIED,
    CLICKSTREAM,
    DAY_MS,
    ENGAGEMENTS,
    IGNORED,
    LATE,
    NOW,
    ORDERS,
    QUARANTINED,
    UUID,
    Case,
    bad,
    cart,
    click,
    engagement,
    good,
    of_all_records,
    order,
    page,
    raw,
    timed,
)

FIELDS: list[Case] = [
    *[
        case
        for what, said, reason in (
            ("no event_id", ..., "missing"), ("event_id null", None, "missing"), ("an empty event_id", "", "bad_id"),
            ("a list for an event_id", ["e"], "type"),
        )
        for case in (
            bad(18, what, click(event_id=said), reason),
            bad(18, what, order(event_id=said), reason, ORDERS),
            bad(18, f"{what} of a consent", engagement(type="consent_given", event_id=said), reason, ENGAGEMENTS),
            *[good(18, f"{what} of {type_}", engagement(type=type_, event_id=said), "id_derived", ENGAGEMENTS)
              for type_ in ("opted_out", "erasure_requested")],
        )
    ],
    *of_all_records(18, "no type", QUARANTINED, "missing", type=...),
    bad(18, "no visitor_id", click(visitor_id=...), "missing"),
    bad(18, "item without a product", click(product_id=...), "missing"),
    good(18, "cart without lines", click(type="cart_updated"), "cart_unknown"),
    *[good(18, f"a cart of {json}", cart(said), odd) for json, said, odd in (
        ("no list", "mug", "field_dropped, cart_unknown"),
        ("a line without a product", [{"quantity": 1}], "line_dropped, cart_unknown"),
        ("null for a line", [None], "line_dropped, cart_unknown"),
        ("discounts alone", [{"product_id": "coupon", "price": -1}], "adjustment_line, cart_unknown"),
    )],
    bad(18, "nobody's", order(customer_id=...), "missing", ORDERS),
    bad(18, "nobody's", engagement(customer_id=...), "missing", ENGAGEMENTS),
    good(18, "line without a product", order(lines=[{"quantity": 1}]), "line_dropped", ORDERS),
    *[good(18, f"an emptied cart, {json}", cart(said)) for json, said in (("[]", []), ("{}", {}), ("null", None))],
    good(18, "a cart as an object", cart({"1": {"product_id": "m"}, "3": {"product_id": "n"}})),
    good(18, "a cart as its only line", cart({"product_id": "m", "price": 1})),
    good(18, "lines as an object", order(lines={"1": {"product_id": "m"}}), None, ORDERS),
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
    good(20, "blanks around a type", page(type=" page_viewed ")),
    good(20, "line break behind a type", order(type="order_placed\r\n"), None, ORDERS),
    Case(20, "unknown type", page(type="wishlist_opened"), IGNORED, None, "unknown_type"),
    Case(20, "unknown type", order(type="order_sneezed_at"), IGNORED, None, "unknown_type", ORDERS),
    Case(20, "a test", order(test=True), IGNORED, None, "excluded", ORDERS),
    Case(20, "a test, in a text", order(test="true"), IGNORED, None, "excluded", ORDERS),
    *[
        Case(20, f"{what} by a machine", engagement(type=type_, machine=said), IGNORED, None, "machine", ENGAGEMENTS)
        for what, type_, said in (
            ("a message opened", "message_opened", True), ("a link followed", "message_clicked", "true"),
            ("consent given", "consent_given", 1),
        )
    ],
    good(20, "an opt-out by a machine", engagement(machine=True), None, ENGAGEMENTS),
    good(20, "perhaps a machine", engagement(type="message_clicked", machine="perhaps"), "field_dropped", ENGAGEMENTS),
    good(20, "no test", order(test=False), None, ORDERS),
    good(20, "a record of a subscription", order(type="subscription_renewed"), None, ORDERS),
    Case(20, "unknown type", engagement(type="sneezed"), IGNORED, None, "unknown_type", ENGAGEMENTS),
    *[
        good(20, f"a wish called {type_}", engagement(type=type_), "type_synonym", ENGAGEMENTS)
        for type_ in ("unsubscribed", "Opted-Out", "SpamComplaint", "email.complained", "customers/redact")
    ],
    *[
        Case(20, f"a wish called {type_}", engagement(type=type_), IGNORED, None, "unknown_type", ENGAGEMENTS)
        for type_ in ("resubscribed", "Consent_Given", "group_unsubscribe", "bounced")
    ],
    good(21, "two values of a detail", raw(click(), '"price":1', '"price":1,"price":2'), "field_dropped"),
    bad(21, "two visitors", raw(click(), '"type"', '"visitor_id":"tablet","type"'), "duplicate_key"),
    good(21, "deep inside", raw(page(properties=0), '"properties":0', '"properties":{"a":1,"a":2}')),
    bad(21, "blanks before colons", click().replace(b'":', b'" :').replace(b"{", b'{"type" : "x",'), "duplicate_key"),
    bad(21, "two values", raw(order(), '"order_id":"O"', '"order_id":"P","order_id":"O"'), "duplicate_key", ORDERS),
    bad(21, "two values", raw(engagement(), '"type"', '"type":"x","type"'), "duplicate_key", ENGAGEMENTS),
    good(21, "one value twice", raw(click(), '"price":1', '"price":1,"price":1')),
    good(21, "quotes and colons in a text", page(url='a":b","url":"c')),
    *[
        good(22, f"{what} beside ours", value, "unknown_field", topic)
        for what, value, topic in (
            ("visitorId", click(visitorId="tablet"), CLICKSTREAM), ("eventId", click(eventId="x"), CLICKSTREAM),
            ("productId", click(productId="pot"), CLICKSTREAM), ("occurredAt", click(occurredAt="x"), CLICKSTREAM),
            ("Quantity", click(quantity=1, Quantity=5), CLICKSTREAM), ("orderId", order(orderId="x"), ORDERS),
            ("customerId", order(customerId="ada"), ORDERS), ("Customer_ID", engagement(Customer_ID="b"), ENGAGEMENTS),
            ("unit_price", click(unit_price=2), CLICKSTREAM),
        )
    ],
    bad(22, "another spelling alone", raw(click(), '"visitor_id"', '"visitorId"'), "missing"),
    good(22, "another spelling alone of a detail", raw(click(), '"currency"', '"Currency"'), "unknown_field"),
    good(22, "equal values", click(productId="mug"), "unknown_field"),
    good(22, "equal values", raw(order(), '"O"', '"O","orderID":"O"'), "unknown_field", ORDERS),
    good(22, "a platform's Type", click(Type="track"), "unknown_field"),
    good(
        22,
        "two prices of a line",
        click(type="cart_updated", lines=[{"product_id": "m", "price": 1, "unit_price": 2}]),
        "field_dropped",
    ),
    *[
        case
        for json, said in (("2", 2), ('"2.x"', "2.x"), ("0", 0))
        for case in (
            bad(23, f"version {json}", click(schema_version=said), "version"),
            bad(23, f"version {json}", order(schema_version=said), "version", ORDERS),
            bad(23, f"version {json} of a consent", engagement(type="consent_given", schema_version=said), "version",
                ENGAGEMENTS),
            good(23, f"version {json} of an opt-out", engagement(schema_version=said), "field_dropped", ENGAGEMENTS),
        )
    ],
    *of_all_records(23, "version 1", APPLIED, schema_version=1),
    *of_all_records(23, 'version "1.7"', APPLIED, schema_version="1.7"),
    *of_all_records(23, 'version "1.0.0"', APPLIED, schema_version="1.0.0"),
    *of_all_records(23, 'version "1-0-0"', APPLIED, schema_version="1-0-0"),
    *of_all_records(23, "version 1.2", APPLIED, schema_version=1.2),
    *of_all_records(23, "version []", APPLIED, schema_version=[]),
    *of_all_records(23, "no version", APPLIED),
    *[
        Case(24, f"visitor {json}", click(visitor_id=id_), QUARANTINED, "bad_id", key=id_.encode())
        for id_ in ("", "null", "undefined", "0", "anonymous", "NULL", " ", "a/../b")
        for json in [id_]
    ],
    *[
        good(24, f"customer {id_} and a visitor", click(customer_id=id_), "owner_dropped")
        for id_ in (
            "null", "undefined", "0", "anonymous", "../a", "guest", "(not set)", "000000000.000000000", "'null'",
            "null null", "undefinedundefined", "\\N", "<nil>", "logged_out", "not-logged-in", "(redacted)", "#REF!",
            "#N/A", "N/D", "object Object", "guest@guest.com", "{00000000-0000-0000-0000-000000000000}", "Gast",
            "\u0433\u043e\u0441\u0442\u044c", "\u30b2\u30b9\u30c8", "<NA>", "%customer_id%",
        )
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
    *[Case(24, f"a {what}'s UUID in capitals", value, APPLIED, None, None, topic, UUID.encode())
      for what, value, topic in (
          ("visitor", click(visitor_id=UUID), CLICKSTREAM), ("customer", order(customer_id=UUID), ORDERS))],
    bad(24, "empty order", order(order_id=""), "bad_id", ORDERS),
    *[
        good(24, f"{what} undefined", value, odd, topic)
        for what, value, odd, topic in (
            ("event", click(event_id="undefined"), "id_derived", CLICKSTREAM),
            ("event", order(event_id="undefined"), "id_derived", ORDERS),
            ("event", engagement(event_id="undefined"), "id_derived", ENGAGEMENTS),
            ("order", order(order_id="undefined"), "id_derived", ORDERS),
            ("order on the site", click(type="order_completed", order_id="undefined"), "field_dropped", CLICKSTREAM),
            ("cart", click(cart_id="undefined"), "field_dropped", CLICKSTREAM),
        )
    ],
    bad(24, "product undefined", click(product_id="undefined"), "bad_id"),
    good(26, "any session id", page(session_id="s")),
    bad(28, "no time", click(occurred_at=...), "time"),
    bad(28, "no time", order(occurred_at=...), "time", ORDERS),
    *[
        each
        for what, said in (("no time", ...), ('"now"', "now"), ("local", "2025-06-15 15:06:40"), ("µs", NOW * 1000))
        for each in (
            bad(28, f"{what} of a consent", engagement(type="consent_given", occurred_at=said), "time", ENGAGEMENTS),
            *[good(28, f"{what} of {type_}", engagement(type=type_, occurred_at=said), "field_dropped", ENGAGEMENTS)
              for type_ in ("opted_out", "erasure_requested")],
        )
    ],
    *[
        bad(28, text, timed(text), "time")
        for text in (
            "null", "0", "-1", "true", "0.5", "1750000000.5", "-" + "9" * 20, '"now"',
            '"2025-06-02T08:00:00"', '"2025-06-02"', '"2025-06-02T24:00:00Z"',
            '"2025-06-30T23:59:60Z"', '"1969-12-31T23:59:59Z"', f'"{NOW}"',
        )
    ],
    bad(28, '"now"', order(occurred_at="now"), "time", ORDERS),
    bad(29, "seconds", timed(str(NOW // 1000)), "time"),
    bad(29, "seconds of 2000", timed("946684800"), "time"),
    bad(29, "seconds of 2100", timed("4102444800"), "time"),
    good(29, "sent_at in seconds", page(sent_at=NOW // 1000), "field_dropped"),
    bad(29, "microseconds", timed(str(NOW * 1000)), "time"),
    bad(29, "nanoseconds", timed(str(NOW * 10**6)), "time"),
    bad(29, "seconds", order(occurred_at=NOW // 1000), "time", ORDERS),
    good(30, "a day ahead", click(occurred_at=NOW + DAY_MS)),
    bad(30, "more than a day ahead", click(occurred_at=NOW + DAY_MS + 1), "future"),
    bad(30, "2099", click(occurred_at="2099-01-01T00:00:00Z"), "future"),
    bad(30, "more than a day ahead", order(occurred_at=NOW + DAY_MS + 1), "future", ORDERS),
    bad(30, "a consent more than a day ahead", engagement(type="consent_given", occurred_at=NOW + DAY_MS + 1), "future",
        ENGAGEMENTS),
    good(30, "an opt-out more than a day ahead", engagement(occurred_at=NOW + DAY_MS + 1), None, ENGAGEMENTS),
    Case(31, "1970", timed("1"), LATE, None, "too_old"),
    Case(31, "1970", timed('"1970-01-20T00:00:00Z"'), LATE, None, "too_old"),
    Case(31, "1970", order(occurred_at=1), LATE, None, "too_old", ORDERS),
    Case(31, "a consent of 1970", engagement(type="consent_given", occurred_at=1), LATE, None, "too_old", ENGAGEMENTS),
    good(31, "an opt-out of 1970", engagement(occurred_at=1), None, ENGAGEMENTS),
    Case(31, "older than what is kept", timed(str(NOW - 31 * DAY_MS)), LATE, None, "too_old"),
    good(32, "exactly within the allowed lateness", click(occurred_at=NOW - 5_000)),
    Case(32, "beyond the allowed lateness", click(occurred_at=NOW - 5_001), LATE),
    Case(32, "beyond the allowed lateness", order(occurred_at=NOW - 5_001), LATE, None, None, ORDERS),
    Case(33, "a producer's clock two hours behind", click(occurred_at=NOW - 7_200_000), LATE),
    bad(35, "29 February of no leap year", timed('"2025-02-29T00:00:00Z"'), "time"),
    *[
        bad(35, text, timed(f'"{text}"'), "time")
        for text in (
            "2025-06-15T12:00:00[Europe/Berlin]", "2025-06-15 15:06:39 CET", "2025-06-15 15:06:39+02:00[UTC]",
            "Sun, 15 Jun 2025 15:06:39", "06/07/2025 15:06:39 UTC", "2025-06-15 15:06:39 GMT+2",
        )
    ],
    *[
        good(35, text, timed(f'"{text}"'))
        for text in (
            "2025-06-15 15:06:39.999 UTC", "2025-06-15 15:06:39.999 GMT", "2025-06-15T15:06:39.999 Etc/UTC",
            "2025-06-15 15:06:39.999999999 +0000 UTC", "2025-06-15T17:06:39.999+02:00[Europe/Berlin]",
            "2025-06-15T15:06:39.999Z[UTC]", "2025-06-15T15:06:39.999[UTC]", "Sun, 15 Jun 2025 15:06:39 GMT",
            "Sun Jun 15 2025 17:06:39 GMT+0200 (Central European Summer Time)", "Sun Jun 15 15:06:39 UTC 2025",
            "15/Jun/2025:17:06:39 +0200", "2025/06/15 15:06:39 UTC", "Jun 15, 2025 3:06:39 PM UTC",
        )
    ],
    good(35, "a fraction of a millisecond", timed(f"{NOW - 1}.75")),
    good(35, "in lower case", timed('"2025-06-15t15:06:39.999z"')),
    good(35, "milliseconds with a point", timed(f"{NOW}.0")),
    good(35, "an offset", timed('"2025-06-15T22:06:39.999+07:00"')),
    *[
        good(42, f"payment {state}", order(payment_state=state), odd, ORDERS)
        for state, odd in (
            ("PAID", None), ("on-hold", "payment_synonym"), ("pending_payment", "payment_synonym"), ("wc-failed", None),
            ("declined", "payment_synonym"), ("Cancelled", "payment_synonym"), ("completed", "payment_synonym"),
            ("processing", "payment_unknown"), (7, "payment_unknown"),
        )
    ],
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
        for text in ("{7*7}", "{0.__class__}", "%n%s")
    ],
    good(50, "{{7*7}} in texts", page(url="{{7*7}}")),
    bad(50, "a placeholder for a product", click(product_id="{{ product.id }}"), "bad_id"),
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
