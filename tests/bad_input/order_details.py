"""What orders alone say, in every way in which shops say it: no purchase is refused for it."""

from tests.bad_input.case import NOW
from tests.bad_input.variation import Variation, kinds

NO_AMOUNTS: tuple[object, ...] = ("10,00", "free", "10.00 EUR", True, [], {"amount": 1}, 1e20)
FLAGS = (None, "", False, "false", "False", 0, "0", "no", "n", "F", "off", "no\u200b", ...)
CHANNELS = (
    *(None, "", "web", "POS", " phone ", "draft", "subscription", "marketplace", "agent"),
    *("Point of Sale", "shopify_draft_order", "subscription_contract_checkout_one", "SubscriptionContract"),
)

OF_ORDERS: list[Variation] = [
    *kinds("due", "payment_due_at", (None, "", NOW, "2025-06-18T15:06:40Z", "2025-06-18 15:06:40 UTC")),
    *kinds("due", "payment_due_at", ("2025-06-18", "soon", NOW // 1000, [NOW], True), "field_dropped"),
    *kinds("channel", "channel", CHANNELS),
    *kinds("channel", "channel", ("carrier pigeon", 7, ["web"], {}), "field_dropped"),
    *kinds("locale", "locale", (None, "", "de", "de-AT", "pt_BR")),
    *kinds("locale", "locale", (7, ["de"], {"language": "de"}, "x" * 5_000), "field_dropped"),
    *[each for name in ("test", "backfill") for each in kinds(name, name, FLAGS)],
    *[
        each
        for name in ("test", "backfill")
        for each in kinds(name, name, ("perhaps", 7, 0.5, [], {}, float(NOW)), "field_dropped")
    ],
    *kinds("backfill", "backfill", (True, "true", "TRUE", 1, "1", "yes", "Y", "t", "on")),
    *kinds("order", "order_id", ("undefined", "null", "[object Object]"), "id_derived"),
    *kinds("codes", "discount_codes", (None, "", [], {}, ["TEN"], ["TEN", "FREE"], "TEN", {"0": "TEN"})),
    *kinds("codes", "discount_codes", (7, [7], ["TEN", None, {"code": "X"}], {"code": "TEN"}), "field_dropped"),
    *kinds("codes", "discount_codes", (["TEN"] * 101, ["x" * 5_000]), "field_dropped"),
    *[
        each
        for name in ("subtotal", "shipping", "tax")
        for each in (
            *kinds(name, name, (None, "", "0.00", 4.9, "4.90", 0, ...)),
            *kinds(name, name, NO_AMOUNTS, "amount_dropped"),
            *kinds(name, name, (4.905, "0.1234", 5.989999999999995), "amount_rounded"),
        )
    ],
    *kinds("checkout", "checkout_id", (None, "", 7, "a b/c:d#e", ...)),
    *kinds("checkout", "checkout_id", ("C\n", "C\u200b", " C"), "id_cleaned"),
    *kinds("checkout", "checkout_id", ("x" * 257, True, ["C"]), "field_dropped"),
    *kinds("parcel", "parcel_id", (None, "", 7, "JD0146/1")),
    *kinds("parcel", "parcel_id", ("P\n", " P"), "id_cleaned"),
    *kinds("parcel", "parcel_id", ("x" * 257, True, ["P"]), "field_dropped"),
    *kinds(
        "parcels", "parcels", (None, "", [], {}, ["P1"], ["P1", 2], "P1", 7, {"1": "P1", "3": "P2"}, '["P1", "P2"]')
    ),
    *kinds("parcels", "parcels", ([{"id": "P1"}], [None, True], ["P"] * 101, True), "field_dropped"),
    Variation("a discount of the shipping", {"shipping": "-4.90", "total": "0.00", "lines": []}),
]
"""Of an order. Where it says that it is a test, it is none: that has cases of its own."""
