"""Bugs in the numbers of people, in when they are looked at, and in what is told of the changes."""

from tests.mutants.bug import Bug, bug

NUMBERS, STANDING, LOOKING = "streams/person/numbers.py", "streams/triggers/standing.py", "streams/triggers/looking.py"
OF_NUMBERS, BECOMING = "tests/stories/test_person_in_numbers.py", "tests/stories/test_becoming.py"
CHURN, BATCH = "tests/stories/test_churn_risk.py", "tests/properties/test_standing_equals_batch.py"

BUGS: list[Bug] = [
    bug(
        "window_with_its_first_instant",
        "what happened exactly a month ago still counts",
        NUMBERS,
        "if now - window < one.at <= now]",
        "if now - window <= one.at <= now]",
        OF_NUMBERS,
    ),
    bug(
        "unknown_part_of_a_sum_is_nothing",
        "an order in dollars is an order for nothing: she is taken for somebody who spends little",
        NUMBERS,
        "        if amount is None:\n            return None\n        sum_of_all",
        "        if amount is None:\n            continue\n        sum_of_all",
        OF_NUMBERS,
        BATCH,
    ),
    bug(
        "look_at_midnight",
        "all customers are looked at in the same second",
        STANDING,
        "instant = int.from_bytes(hash64(key.encode())) % DAY_MS",
        "instant = 0",
        BECOMING,
    ),
    bug(
        "look_is_a_sign_of_life",
        "nobody is ever forgotten",
        "streams/profiles/walk.py",
        "            look_daily(case, look_due)\n",
        "            look_daily(case, look_due)\n            profile.touched = max(profile.touched, look_due)\n",
        BECOMING,
    ),
    bug(
        "look_before_the_fact_of_its_time",
        "an order at the very instant comes a day too late",
        "streams/profiles/walk.py",
        "        elif look_due < until and look_due <= due:\n",
        "        elif look_due <= until and look_due <= due:\n",
        BECOMING,
    ),
    bug(
        "rulebook_makes_news",
        "with a new segment, all who have long been in it hear of it at once",
        LOOKING,
        "    if standing_of(case.person).by != case.opened.groups.version:\n        find(case, fact.at)\n",
        "",
        BECOMING,
    ),
    bug(
        "undone_goes_on",
        "whoever left the segment again is still welcomed to it",
        "streams/triggers/becoming.py",
        "                if episode.same == value or undone_by == kind:\n",
        "                if undone_by == kind:\n",
        BECOMING,
        BATCH,
    ),
    bug(
        "churn_every_day",
        "she hears day by day that she is missed",
        "streams/triggers/detectors/churn_risk.py",
        'marks.pop(rule.id, "") == ABOVE',
        'marks.get(rule.id, "") == ABOVE',
        CHURN,
        BATCH,
    ),
    bug(
        "tier_at_its_end_already",
        "it is told that a tier ends soon when it has ended",
        "streams/triggers/detectors/tier_expiring.py",
        "tier_at(case, at + rule.lead) != tier",
        "tier_at(case, at) != tier",
        BECOMING,
        BATCH,
    ),
    bug(
        "no_target_is_no_target_of_receipts",
        "whoever hears no marketing does not hear that the parcel is there",
        "streams/policy/no_target.py",
        '    if asked.rule.category != "marketing":\n        return ALLOWED\n',
        "",
        BECOMING,
    ),
    bug(
        "shut_orders_are_worth_nothing",
        "the customers who buy most lose their tier",
        "streams/person/orders.py",
        "        updated=amount,\n",
        "",
        "tests/streams/test_limits.py",
    ),
]
