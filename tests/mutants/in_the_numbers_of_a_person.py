"""Bugs in the numbers of a person, and in what `segments fit` makes of a shop's orders."""

from tests.mutants.bug import Bug, bug

ALIVE, RHYTHM = "streams/person/alive.py", "streams/person/rhythm.py"
FITTING, PURCHASES = "agents/segments/fitting.py", "agents/segments/purchases.py"
OF_ALIVE, OF_RHYTHM = "tests/streams/person/test_alive.py", "tests/streams/person/test_rhythm.py"
OF_FITTING, OF_PURCHASES = "tests/agents/segments/test_fitting.py", "tests/agents/segments/test_purchases.py"
OF_PROPOSING = "tests/agents/segments/test_proposing.py"
COMMAND = "tests/agents/commands/test_segments.py"

BUGS: list[Bug] = [
    bug(
        "chance_to_stop_before_the_first_repeat",
        "P(alive) is a little too high for everybody, and most of all for who came back once",
        ALIVE,
        "log(shop.b + frequency - 1)",
        "log(shop.b + frequency)",
        OF_ALIVE,
    ),
    bug(
        "gone_is_alive",
        "whoever has been silent for very long is taken for the most faithful",
        ALIVE,
        "return gone / (1 + gone)",
        "return 1 / (1 + gone)",
        OF_ALIVE,
    ),
    bug(
        "silence_from_the_first_purchase",
        "P(alive) does not know when somebody came last",
        ALIVE,
        "log1p((age - recency) / (shop.alpha + recency))",
        "log1p(age / (shop.alpha + recency))",
        OF_ALIVE,
    ),
    bug(
        "two_orders_of_a_day_are_two_purchases",
        "who forgot something in the first order is said to buy twice as often",
        RHYTHM,
        "sorted(set(days))",
        "sorted(days)",
        OF_RHYTHM,
    ),
    bug(
        "mean_gap_by_purchases",
        "one gap fewer than purchases: win-back comes too early",
        RHYTHM,
        "return times[-1] + (times[-1] - times[0]) // gaps if gaps > 0 else None",
        "return times[-1] + (times[-1] - times[0]) // len(times) if gaps > 0 else None",
        OF_RHYTHM,
    ),
    bug(
        "likelihood_without_its_stops",
        "the chances to stop are sought uphill where they fall: no shop has parameters, or it has wrong ones",
        FITTING,
        "psi(a + b) - psi(a + b + x) + is_gone / a",
        "psi(a + b) - psi(a + b + x) - is_gone / a",
        OF_FITTING,
        COMMAND,
    ),
    bug(
        "likelihood_of_different_customers",
        "customers who are alike count as one: the shop's most usual customer weighs least",
        FITTING,
        "how_many.astype(np.float64))",
        "np.ones(len(how_many)))",
        COMMAND,
    ),
    bug(
        "edge_for_a_figure",
        "where there is no best figure the edge of the search is proposed for one",
        FITTING,
        "if not 2 * LEAST < one < MOST / 2]",
        "if not 0 < one]",
        OF_FITTING,
    ),
    bug(
        "first_word_on_the_payment",
        "an order that was paid in the end is none, and one whose payment failed is one",
        PURCHASES,
        "        payment = payment_after(payment, one.payment, one.failed_as)\n",
        "        payment = payment or one.payment\n",
        OF_PURCHASES,
    ),
    bug(
        "refund_adds",
        "a refund told as an amount below zero makes its order larger",
        "streams/person/amounts.py",
        "        return abs(said)\n",
        "        return said\n",
        OF_PURCHASES,
    ),
    bug(
        "year_of_366_days",
        "an order of a year ago to the instant counts in the year",
        "agents/segments/customers.py",
        "if one.at > now - YEAR_MS]",
        "if one.at >= now - YEAR_MS]",
        OF_PROPOSING,
    ),
    bug(
        "last_day_ends_as_it_begins",
        "the orders of the last day are left out",
        "agents/commands/segments.py",
        "return (day + 1) * DAY_MS - 1",
        "return day * DAY_MS",
        COMMAND,
    ),
    bug(
        "a_rate_begins_a_millisecond_late",
        "an order of midnight counts at yesterday's rate",
        "streams/person/rates.py",
        "bisect_right(since, time)",
        "bisect_right(since, time - 1)",
        "tests/stories/test_other_money.py",
        "tests/agents/settings/test_shop.py",
    ),
    bug(
        "orders_count_at_todays_rate",
        "what somebody has spent changes with every rate",
        "streams/person/numbers.py",
        "rates.changed(one.amount, one.currency, currency, one.at)",
        "rates.changed(one.amount, one.currency, currency, bought[-1].at)",
        "tests/properties/test_standing_equals_batch.py",
    ),
]
