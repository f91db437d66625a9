"""Bugs in what goes by what somebody has bought, and how often."""

from tests.mutants.bug import Bug, bug

AGAIN = "tests/stories/test_replenishment.py"
WINBACK = "tests/stories/test_winback.py"
CROSS = "tests/stories/test_cross_sell.py"
BATCH = "tests/properties/test_buying_again.py"
YEAR = "tests/properties/test_grocers_year.py"
SUBSCRIBED = "tests/stories/test_subscribed_products.py"
SUBSCRIPTIONS = "tests/properties/test_subscriptions_equal_batch.py"
DETECTORS = "streams/triggers/detectors"

BUGS: list[Bug] = [
    bug(
        "one_gap_is_a_pace",
        "who bought twice in a week is asked after three for where she is",
        f"{DETECTORS}/winback.py",
        "PURCHASES_MIN = 3\n",
        "PURCHASES_MIN = 2\n",
        WINBACK,
        BATCH,
        YEAR,
    ),
    bug(
        "the_median_is_the_lower_one",
        "of two gaps the shorter one counts",
        "streams/person/rhythm.py",
        "    return (gaps[middle] + gaps[~middle]) // 2 if gaps else None\n",
        "    return gaps[~middle] if gaps else None\n",
        AGAIN,
        BATCH,
    ),
    bug(
        "twice_a_day_is_two_purchases",
        "who forgot the second pack runs out within the hour",
        f"{DETECTORS}/replenishment.py",
        "    times = last_of_days(place[0] for place, _ in purchases)\n",
        "    times = [place[0] for place, _ in purchases]\n",
        AGAIN,
        BATCH,
    ),
    bug(
        "nothing_stands_in",
        "she has decaf now, and is told to buy coffee",
        f"{DETECTORS}/replenishment.py",
        "    return (*rule.substitutes.get(product, ()), *(() if asking else stand_ins(person, product)))\n",
        "    return ()\n",
        AGAIN,
        BATCH,
    ),
    bug(
        "the_products_of_an_order_share_an_id",
        "of three products of one order one is spoken of",
        "streams/triggers/spoken.py",
        "    return trigger_id(rule, origin, event, step, anchor, episode.same)\n",
        "    return trigger_id(rule, origin, event, step, anchor)\n",
        BATCH,
        YEAR,
    ),
    bug(
        "what_is_sent_back_is_used_up",
        "the coffee went back, and she is told that it is empty",
        "streams/person/order_lines.py",
        "            left[line.product] -= abs(line.quantity)\n",
        "            pass\n",
        AGAIN,
        CROSS,
        BATCH,
    ),
    bug(
        "the_pace_is_that_of_the_first_look",
        "a late order comes to light, and moves nothing",
        "streams/triggers/own_pace.py",
        "    if episode.step > 1:\n        return\n",
        "    return\n",
        WINBACK,
        AGAIN,
        BATCH,
    ),
    bug(
        "a_sign_in_is_no_history",
        "what was bought on the phone does not count for the customer",
        f"{DETECTORS}/winback.py",
        "    elif change.turn.ceased or isinstance(fact, Inherited):\n",
        "    elif change.turn.ceased:\n",
        WINBACK,
        BATCH,
    ),
    bug(
        "the_bag_in_the_same_order",
        "who bought camera and bag together is offered the bag",
        f"{DETECTORS}/cross_sell.py",
        "        if other == order_id or at > place\n",
        "        if at > place\n",
        CROSS,
        BATCH,
    ),
    bug(
        "last_years_bag_will_do",
        "an old bag is an answer to a new camera",
        f"{DETECTORS}/cross_sell.py",
        "        if other == order_id or at > place\n",
        "        if other == order_id or at\n",
        CROSS,
        BATCH,
    ),
    bug(
        "a_subscription_withholds_nothing",
        "coffee comes every month, and she is asked whether she needs some",
        f"{DETECTORS}/replenishment.py",
        " and subscribed_until(case.person, product) < last[0]:",
        ":",
        SUBSCRIBED,
        SUBSCRIPTIONS,
    ),
    bug(
        "a_cancelled_subscription_lives_on",
        "who has cancelled is never reminded again",
        "streams/person/subscriptions.py",
        "active = not ends and (known.active or fact.type in BEGINS)",
        "active = known.active or fact.type in BEGINS",
        SUBSCRIBED,
        SUBSCRIPTIONS,
    ),
    bug(
        "a_sign_in_leaves_the_offer_on_its_way",
        "she has bought the bag on her laptop, and the phone that turns out to be hers is offered one",
        "streams/triggers/detectors/cross_sell.py",
        "        if on_its_way and is_answered(",
        "        if not on_its_way and is_answered(",
        "tests/stories/test_cross_sell.py",
    ),
    bug(
        "a_sign_in_leaves_the_reminder_on_its_way",
        "she has bought coffee on her laptop, and the phone that turns out to be hers is reminded of it",
        "streams/triggers/detectors/replenishment.py",
        "            order_id != fired.origin and place[0] >= fired.anchor\n",
        "            order_id == fired.origin and place[0] > fired.anchor\n",
        "tests/stories/test_replenishment.py",
    ),
]
