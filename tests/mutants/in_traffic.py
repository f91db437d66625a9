"""Bugs in who is no customer: bots, excluded persons, and visitors who behave as no person does."""

from tests.mutants.bug import Bug, bug

NOBODY = "tests/stories/test_no_customers.py"
SUSPECTS = "tests/stories/test_suspects.py"

BUGS: list[Bug] = [
    bug(
        "minute_has_its_end",
        "<= for <: two clicks exactly a minute apart are in one minute",
        "streams/visits/pace.py",
        "    if visit.end - since >= MINUTE_MS:\n",
        "    if visit.end - since > MINUTE_MS:\n",
        SUSPECTS,
    ),
    bug(
        "the_120th_click_is_too_many",
        "a person who is as fast as may be is a bot",
        "streams/visits/pace.py",
        "    since = _nth_last(visit, CLICKS_A_MINUTE + 1)\n",
        "    since = _nth_last(visit, CLICKS_A_MINUTE)\n",
        SUSPECTS,
    ),
    bug(
        "clicks_out_of_order_are_not_counted",
        "a bot whose clicks come in any order is a person",
        "streams/visits/visits.py",
        ", *hurried_at(visit, said.visitor_id, at)]",
        "]",
        SUSPECTS,
    ),
    bug(
        "long_visits_are_not_watched",
        "after five hundred clicks anybody may be as fast as they like",
        "streams/visits/visitors.py",
        "        visit.beyond = (visit.beyond + pack_times(times[fit:]))[-BEYOND_MAX * TIME_BYTES :]\n",
        "",
        "tests/streams/test_pace.py",
    ),
    bug(
        "a_page_lets_off",
        "a bot that opens the thank-you page has paid",
        "streams/person/memory.py",
        "    if not fact.on_site:\n        let_off(person, fact.at)\n",
        "    let_off(person, fact.at)\n",
        SUSPECTS,
    ),
    bug(
        "suspects_arm",
        "what a bot leaves in its cart is mailed the next day",
        "streams/triggers/case.py",
        "        if not self.arms or visitor in presence_of(person).suspected:\n",
        "        if not self.arms:\n",
        SUSPECTS,
    ),
    bug(
        "what_waits_for_a_suspect_goes_on",
        "the cart of before is still reminded of, and why not says nothing",
        "streams/triggers/suspicion.py",
        "        case.end(episode, Reason.SUSPECTED)\n",
        "        pass\n",
        SUSPECTS,
    ),
    bug(
        "exit_intents_of_suspects_are_answered",
        "what is judged on the spot waits for nothing",
        "streams/policy/excluded.py",
        "        if since is not None:\n",
        "        if since is None:\n",
        SUSPECTS,
    ),
    bug(
        "the_twentieth_customer_is_too_many",
        "a household of twenty is a till",
        "streams/profiles/identity.py",
        "        if len(seen) > CUSTOMERS_MAX:\n",
        "        if len(seen) >= CUSTOMERS_MAX:\n",
        SUSPECTS,
    ),
    bug(
        "staff_orders_count",
        "an order of a tester is a purchase",
        "streams/intake/intake_stage.py",
        "        if nobody is not None:\n",
        "        if False:\n",
        NOBODY,
    ),
    bug(
        "wishes_of_staff_are_ignored",
        "who leaves the staff is mailed though they opted out",
        "streams/intake/intake_stage.py",
        "            if said.type in WISHES:\n",
        "            if said.type in ():\n",
        NOBODY,
    ),
    bug(
        "part_of_a_domain_is_enough",
        "notshop.example is shop.example",
        "streams/intake/traffic.py",
        'id_.rpartition("@")[2].lower() in self.domains',
        "any(id_.lower().endswith(one) for one in self.domains)",
        NOBODY,
    ),
    bug(
        "whoever_is_excluded_meanwhile_is_reminded",
        "the list counts for what comes, and not for what waits",
        "streams/policy/excluded.py",
        "    if case.traffic.excludes_somebody and case.traffic.excludes(case.key):\n",
        "    if False:\n",
        NOBODY,
    ),
]
