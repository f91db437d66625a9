"""Bugs in what a person's carts, checkouts and purchases mean, and in what the rules make of them."""

from tests.mutants.bug import Bug, bug

THANKS = "tests/stories/test_thank_you_pages.py"
WHOLE = "tests/stories/test_whole_carts.py"
NEWS = "tests/stories/test_news_of_orders.py"
LENT = "tests/stories/test_lent_devices.py"
VERSIONS = "tests/stories/test_rule_versions.py"
POLICY = "tests/stories/test_policy.py"
LADDER = "tests/stories/test_ladder.py"
EXIT = "tests/stories/test_exit_intent.py"
CART = "tests/stories/test_cart_abandonment.py"

BUGS: list[Bug] = [
    # -- thank-you pages -----------------------------------------------------------------------------------------------
    bug(
        "thank_you_page_is_a_checkout",
        "whoever has bought is asked why not",
        "streams/triggers/thank_you.py",
        "    return None if any(",
        "    return start if any(",
        THANKS,
    ),
    bug(
        "thank_you_page_until_just_before_the_gap",
        "a step at exactly the gap is one: < for ≤",
        "streams/triggers/thank_you.py",
        "any(start <= bought[0]",
        "any(start < bought[0]",
        THANKS,
    ),
    bug(
        "late_purchase_leaves_its_thank_you_page",
        "the order comes after its page, and nobody thinks of it",
        "streams/triggers/detectors/checkout_abandonment.py",
        "    if change.bought and at >= waiting.start:\n",
        "    if change.bought and at >= waiting.anchor:\n",
        THANKS,
    ),
    # -- carts ---------------------------------------------------------------------------------------------------------
    bug(
        "emptied_cart_leaves_the_checkout",
        "a mail without lines",
        "streams/triggers/detectors/checkout_abandonment.py",
        "    elif change.emptied and fact",
        "    elif False and fact",
        WHOLE,
    ),
    bug(
        "older_whole_cart_wins",
        "an emptied cart comes back with the webhook that was late",
        "streams/person/carts.py",
        "    if (fact.at, fact.event_id) < person.told:\n",
        "    if False:\n",
        WHOLE,
    ),
    bug(
        "bought_goods_come_back",
        "what comes late is put into the cart, though it was bought since",
        "streams/person/carts.py",
        "    return is_bought_after(person, fact)\n",
        "    return False\n",
        WHOLE,
    ),
    bug(
        "whole_cart_drops_what_came_later",
        "a late whole cart knows nothing of what came since",
        "streams/person/carts.py",
        "        if held is not None and held.changed_at > at:\n",
        "        if False:\n",
        WHOLE,
    ),
    bug(
        "taken_out_comes_back",
        "a late whole cart brings back what was taken out since",
        "streams/person/carts.py",
        "        elif taken_out.get(product, 0) <= at:\n",
        "        elif True:\n",
        WHOLE,
    ),
    bug(
        "new_prices_are_dropped",
        "the mail shows yesterday's price",
        "streams/person/carts.py",
        "        held.unit_price if known else told.unit_price,\n",
        "        held.unit_price,\n",
        WHOLE,
    ),
    bug(
        "whole_cart_is_mere_browsing",
        "a shop that tells whole carts sends two mails",
        "streams/person/memory.py",
        '    if change.grew and fact.change == "set":\n',
        "    if False:\n",
        WHOLE,
    ),
    bug(
        "gain_of_the_visit_forgotten",
        "what was put in during the visit ends no visit",
        "streams/person/memory.py",
        "_visit_over(gained=_ungained(person, fact.visitor) >= fact.start)",
        "_visit_over()",
        WHOLE,
    ),
    # -- orders --------------------------------------------------------------------------------------------------------
    bug(
        "news_is_no_purchase",
        "the record that placed the order is lost, and with it the order",
        "schemas/events/orders.py",
        "        return self.type in SHOWS and",
        "        return self.type is OrderType.ORDER_PLACED and",
        NEWS,
    ),
    bug(
        "unpaid_is_a_purchase",
        "an order whose payment has failed empties the cart",
        "schemas/events/orders.py",
        "self.payment() in COUNTS_AS_PAID",
        "True",
        NEWS,
    ),
    bug(
        "purchase_not_moved_back",
        "the first record that comes decides, not the first in time",
        "streams/person/memory.py",
        "        if known[0] <= place:\n",
        "        if True:\n",
        NEWS,
    ),
    bug(
        "warehouse_is_alive",
        "a parcel is taken for the customer",
        "streams/person/memory.py",
        "    lives = (known is None and opened is None) or not fact.news\n",
        "    lives = True\n",
        "tests/stories/test_silence.py",
    ),
    bug(
        "stores_share_their_orders",
        "order 1001 of the second store is a repeat of the first's",
        "schemas/events/orders.py",
        "    return order_id if store is None or not store.strip() else store + STORE_ENDS + order_id\n",
        "    return order_id\n",
        NEWS,
    ),
    bug(
        "only_the_buyer_is_told",
        "she is reminded of what was bought on her device under another name",
        "streams/intake/intake_stage.py",
        "                self._tell(VISITOR + visitor, replace(placed, by=customer))\n",
        "                pass\n",
        LENT,
    ),
    bug(
        "anothers_order_is_ones_own",
        "she has not been silent, since he bought",
        "streams/person/memory.py",
        "    if type(fact) is OrderPlaced and fact.by is not None:\n",
        "    if False:\n",
        LENT,
    ),
    bug(
        "anothers_order_takes_everything_back",
        "his purchase is no reason not to miss her",
        "streams/triggers/taking_back.py",
        "    return order.by is None or row_of(fired.kind).of_device\n",
        "    return True\n",
        LENT,
    ),
    # -- rules and policy ----------------------------------------------------------------------------------------------
    bug(
        "judged_by_todays_rule",
        "reported as the old version, judged and routed by the new one",
        "streams/triggers/opening_rules.py",
        "        return today if today is None or kept is None else kept.rule\n",
        "        return today\n",
        VERSIONS,
    ),
    bug(
        "opening_rules_not_kept",
        "a restart forgets by which rule an episode was opened",
        "streams/visits/session_stage.py",
        "            changelog += self._people.rules_written(self._reached)\n",
        "",
        VERSIONS,
    ),
    bug(
        "opening_rules_of_customers_not_kept",
        "what a visitor's episode was opened by is not known where it is handed over to",
        "streams/profiles/customer_stage.py",
        "            changelog += self._people.rules_written(self._gate.watermark)\n",
        "",
        VERSIONS,
    ),
    bug(
        "opening_rules_gone_since_ever",
        "a rule that was changed before any W was known is forgotten with the first that is",
        "streams/triggers/opening_rules.py",
        "            if kept.gone_at == UNKNOWN and watermark > UNKNOWN:\n",
        "            if False:\n",
        VERSIONS,
    ),
    bug(
        "undelivered_counts_for_the_cool_down",
        "an outage of the ESP mutes everybody for a week",
        "streams/person/send_log.py",
        "    return fired.settled and not fired.delivered\n",
        "    return False\n",
        POLICY,
        EXIT,
    ),
    bug(
        "forgotten_triggers_were_never_heard",
        "a cool-down of a month ends after a week",
        "streams/person/send_log.py",
        "            spoken_of(person, fired.rule_id, fired.anchor, fired.at)\n",
        "            pass\n",
        POLICY,
    ),
    bug(
        "deeper_stage_silences_for_nothing",
        "a checkout that may not speak ends the cart all the same",
        "streams/triggers/fold.py",
        "            case.refuse(episode, refused)\n",
        "            case.refuse(episode, refused)\n"
        "            for shallower in below(case.person.episodes, episode):\n"
        "                case.end(shallower, Reason.DEEPER_STAGE)\n",
        LADDER,
    ),
    bug(
        "shallower_stage_does_not_wait",
        "the cart is mentioned before the checkout, and the checkout after it",
        "streams/triggers/fold.py",
        "    if until is not None:\n",
        "    if False:\n",
        LADDER,
    ),
    bug(
        "yen_are_euros",
        "an amount is a number: 60 yen are more than 50 euros",
        "streams/person/carts.py",
        "value is not None and own == currency and value >= least",
        "value is not None and value >= least",
        CART,
    ),
    bug(
        "every_exit_rule_answers",
        "two rules, two overlays on one page",
        "streams/triggers/detectors/exit_intent.py",
        "    note_exit(case.person, signal.visitor, signal.at)\n",
        "",
        EXIT,
    ),
]
