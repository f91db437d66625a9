"""Bugs in products: who hears of what is back, what costs less, and what is nearly gone."""

from tests.mutants.bug import Bug, bug

BACK = "tests/stories/test_back_in_stock.py"
DROP = "tests/stories/test_price_drop.py"
LOW = "tests/stories/test_low_stock.py"
BATCH = "tests/properties/test_products_equal_batch.py"
RULES = "schemas/rules/products.py"
KNOWN = "tests/stories/test_what_products_know.py"
LOOKS = "streams/products/looks.py"
CHANGES = "streams/products/changes.py"

BUGS: list[Bug] = [
    bug(
        "nineteen_speak_for_all",
        "who has bought once counts, too",
        "streams/products/shelves.py",
        "        self.again += (len(times) > 1) - (len(before) > 1)\n",
        "        self.again += (len(times) > 0) - (len(before) > 0)\n",
        KNOWN,
    ),
    bug(
        "what_was_sent_back_was_bought",
        "a product hears of purchases, and not of what becomes of them",
        "streams/triggers/buyers.py",
        "    changed = turn.got | turn.lost\n",
        "    changed = turn.got\n",
        KNOWN,
        "tests/properties/test_what_products_know.py",
    ),
    bug(
        "the_catalogue_of_today_counts",
        "a buyer hears what the catalogue says by now, and not what it said at the purchase",
        CHANGES,
        "    told = [lore for lore in product.lore if lore.since < at]\n",
        "    told = list(product.lore)\n",
        "tests/properties/test_what_products_know.py",
        KNOWN,
    ),
    bug(
        "a_cart_of_nothing_is_sent",
        "all that was left in the cart is sold out, and the customer is asked to come back for it",
        "streams/delivery/last_look.py",
        "    if about in (LINES, VIEWED) and said[about] and not left[about]:\n        return None\n",
        "",
        "tests/streams/test_last_look.py",
    ),
    bug(
        "sold_out_while_connecting_is_sent",
        "what the call names is looked at when it begins, and not when its first byte leaves",
        "agents/dispatch/share.py",
        "        return is_known and self._can_be_bought(line)\n",
        "        return is_known\n",
        "tests/agents/dispatch/test_share.py",
    ),
    bug(
        "least_stock_itself_is_too_little",
        "< for ≤: five of five are enough",
        RULES,
        "return peak < self.min_stock * THOUSAND <= stock",
        "return peak < self.min_stock * THOUSAND < stock",
        BACK,
    ),
    bug(
        "back_with_every_delivery",
        "who asked hears again of each record with a stock, though the product was there all along",
        RULES,
        "return peak < self.min_stock * THOUSAND <= stock",
        "return self.min_stock * THOUSAND <= stock",
        BACK,
        BATCH,
    ),
    bug(
        "last_come_first_served",
        "requests are released in the order of asking",
        LOOKS,
        "    return sorted(found)\n",
        "    return sorted(found, reverse=True)\n",
        BACK,
        BATCH,
    ),
    bug(
        "one_request_is_served_for_ever",
        "who was told hears again without asking",
        LOOKS,
        "if request.answered.get(rule_id, -1) < asking[0] <= at]",
        "if asking[0] <= at]",
        BATCH,
    ),
    bug(
        "a_request_ends_a_moment_early",
        "the ninetieth day is the last one",
        LOOKS,
        "if asked and asked[-1][0] >= at - KEPT_MS:",
        "if asked and asked[-1][0] > at - KEPT_MS:",
        BACK,
    ),
    bug(
        "whoever_bought_is_told",
        "it lies on the desk, and the shop says that it is back",
        "streams/triggers/detectors/back_in_stock.py",
        "    if not has_bought(case.person, fact.product, since):\n        arm_product",
        "    if True:\n        arm_product",
        BACK,
        BATCH,
    ),
    bug(
        "the_price_of_today_is_the_price_of_then",
        "a look without a price is compared with the catalogue of that time",
        CHANGES,
        "in product.prices if since < at]",
        "in product.prices]",
        DROP,
        BATCH,
    ),
    bug(
        "the_first_price_is_a_drop",
        "nobody knows what it cost before",
        CHANGES,
        "    return before if compares else None\n",
        "    return before or price + 1\n",
        DROP,
    ),
    bug(
        "each_device_compares_for_itself",
        "the person has seen the lower price on the other device",
        "streams/person/products.py",
        "    if person.shown.get(fact.product, -1) >= fact.at:\n        return False\n",
        "",
        DROP,
        BATCH,
    ),
    bug(
        "a_price_that_is_back_stays_said",
        "the message is on its way, and the price is not that any more",
        "streams/profiles/arrivals.py",
        "        overtaken(case, profile, fact)\n",
        "        pass\n",
        DROP,
        BATCH,
    ),
    bug(
        "low_is_below_the_threshold",
        "five of five is low",
        RULES,
        "step.stock <= self.threshold * THOUSAND < step.before",
        "step.stock < self.threshold * THOUSAND < step.before",
        LOW,
        BATCH,
    ),
    bug(
        "the_change_does_not_wait_for_the_clicks",
        "who asked a moment before hears nothing, if the click comes a moment late",
        "streams/products/product_stage.py",
        "return min(self._clock.watermark, self._gate.watermark)",
        "return self._clock.watermark",
        "tests/streams/test_product_stage.py",
    ),
    bug(
        "requests_are_not_written",
        "after a restart nobody waits any more",
        "streams/products/shelves.py",
        "        if news:\n            self._touch_at(ASK, fact.product, fact.visitor)\n",
        "",
        BATCH,
    ),
]
