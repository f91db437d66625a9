"""Bugs in what becomes of orders: open payments, those that fail, orders that are undone, and what counts from them."""

from tests.mutants.bug import Bug, bug

OPEN = "tests/stories/test_open_payments.py"
FAILED = "tests/stories/test_payment_failed.py"
FIRST = "tests/stories/test_first_purchase.py"
REFUNDS = "tests/stories/test_refunds.py"
POST = "tests/stories/test_post_purchase.py"
BATCH = "tests/properties/test_orders_equal_batch.py"
CARTS = "tests/stories/test_bought_carts.py"
CARTS_BATCH = "tests/properties/test_carts_equal_batch.py"
PAYMENTS = "streams/person/payments.py"
DETECTORS = "streams/triggers/detectors"

BUGS: list[Bug] = [
    bug(
        "who_had_the_cart_then_is_forgotten",
        "a cart that was told before its order is found only if the click is read first",
        "streams/profiles/told_carts.py",
        "                if bought.buyer != hash_of(key):\n                    yield bought\n",
        "                pass\n",
        CARTS,
        CARTS_BATCH,
    ),
    bug(
        "a_bought_cart_is_never_filled_again",
        "who puts something into the cart of before, and begins its checkout, is not reminded of it",
        "streams/person/named_carts.py",
        "        return person.added_at <= latest.at\n",
        "        return True\n",
        CARTS,
    ),
    bug(
        "a_merged_cart_is_the_smaller_one",
        "of two carts that meet the smaller quantity counts",
        "streams/person/carts.py",
        "quantity=max(held.quantity, other.quantity)",
        "quantity=min(held.quantity, other.quantity)",
        "tests/stories/test_carts_that_meet.py",
    ),
    bug(
        "paid_at_the_last_instant_is_too_late",
        "a payment that comes at exactly its deadline is told to have failed",
        "streams/profiles/walk.py",
        "unpaid.at < until and",
        "unpaid.at <= until and",
        OPEN,
        BATCH,
    ),
    bug(
        "paid_counts_from_the_payment",
        "a bank transfer of three days moves the purchase by three days",
        "streams/person/memory.py",
        "    if opened is not None and opened < place:\n        place = opened\n",
        "",
        OPEN,
        BATCH,
    ),
    bug(
        "what_was_taken_comes_back_into_a_new_cart",
        "she has begun anew, and is reminded of what she left",
        PAYMENTS,
        " or person.cart_changed_at > awaited.place[0]",
        "",
        OPEN,
        BATCH,
    ),
    bug(
        "what_was_ordered_elsewhere_comes_back",
        "the second attempt was paid, and its goods are in the cart again",
        PAYMENTS,
        "    if not bought_after(person, awaited.place):\n",
        "    if True:\n",
        OPEN,
        BATCH,
    ),
    bug(
        "the_thank_you_page_pays",
        "a click of the site ends the waiting for a payment that never comes",
        "streams/person/memory.py",
        "    if fact.on_site and order_id in buying_of(person).awaited:\n",
        "    if False:\n",
        OPEN,
        BATCH,
    ),
    bug(
        "a_paid_order_owes_again",
        "a record of the same second that says pending, and a false word of a failed payment",
        "schemas/events/orders.py",
        " or (before is Payment.SURE and said is not Payment.FAILED)",
        "",
        FAILED,
        BATCH,
    ),
    bug(
        "nothing_ends_a_failed_payment",
        "who has paid with another card is told that it failed",
        f"{DETECTORS}/payment_failed.py",
        "            case.end(episode, Reason.ORDERED)\n",
        "            pass\n",
        FAILED,
        BATCH,
    ),
    bug(
        "an_undone_order_is_the_first",
        "the first order was cancelled; the second is not welcomed",
        "streams/person/orders.py",
        "    return not kept.reversed and",
        "    return",
        FIRST,
        BATCH,
    ),
    bug(
        "the_welcome_is_answered_by_the_next_order",
        "what is said after a purchase is taken back by another",
        f"{DETECTORS}/first_purchase.py",
        "start=NO_PURCHASE",
        "start=None",
        FIRST,
    ),
    bug(
        "undone_orders_are_asked_about",
        "how did you like what you sent back?",
        "streams/triggers/reversals.py",
        "UNDONE = frozenset({News.REVERSED, News.FAILED})\n",
        "UNDONE = frozenset({News.FAILED})\n",
        POST,
        FIRST,
    ),
    bug(
        "the_first_parcel_is_the_order",
        "asked before the rest has come",
        "streams/person/orders.py",
        "    all_came = whole and all(known.values())\n",
        "    all_came = whole and any(known.values())\n",
        POST,
        BATCH,
    ),
    bug(
        "long_ago_is_now",
        "a shop loads its last year, and everybody is written to",
        "streams/triggers/fold.py",
        "        case.arms = fact.details is None or not fact.details.backfill\n",
        "        case.arms = True\n",
        OPEN,
    ),
    bug(
        "a_refund_without_a_price_is_none",
        "who sent most of it back is gold",
        "streams/person/orders.py",
        "            back.append(worth(kept, one.lines))\n",
        "            back.append(0)\n",
        REFUNDS,
    ),
    bug(
        "crowns_are_euros",
        "an order of fifty euros, changed to crowns, makes somebody gold",
        "streams/person/orders.py",
        "currency=details.currency or kept.currency)\n    if details.lines",
        "currency=kept.currency)\n    if details.lines",
        REFUNDS,
    ),
    bug(
        "a_cart_is_bought_once",
        "two orders name one cart: whether her own is known to have it hangs on which was told last",
        "streams/person/named_carts.py",
        "    sold[cart] = tuple(sorted([*others, sale], key=_in_order)) if others else (sale,)\n",
        "    sold[cart] = (max([*others, sale], key=_in_order),)\n",
        "tests/streams/test_told_carts.py",
    ),
    bug(
        "a_checkout_is_another_cart",
        "the checkout was bought, and the shop's hook tells its cart once more: she is reminded of it",
        "streams/person/named_carts.py",
        "        carts = (*carts, *[one for one in carts_of(person).held if one in names and one not in carts])\n",
        "",
        CARTS,
    ),
]
