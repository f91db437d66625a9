"""Bugs in what bounds the state: links that are news, limits, who is put aside, what expires."""

from tests.mutants.bug import Bug, bug

LINKS = "tests/properties/test_links.py"
UNLINKED = "tests/streams/test_unlinked.py"
LIMITS = "tests/streams/test_limits.py"
VISITS = "tests/streams/test_limits_of_visits.py"
JOURNALS = "tests/streams/test_limits_of_journals.py"
HOSTILE = "tests/properties/test_hostile.py"
ASIDE = "tests/streams/test_aside.py"
EXPIRY = "tests/streams/test_expiry.py"
CUSTOMERS = "tests/streams/test_expiry_of_customers.py"

BUGS: list[Bug] = [
    # -- links ---------------------------------------------------------------------------------------------------------
    bug(
        "every_click_links",
        "a signed-in tab that pings tells a link with every click",
        "streams/visits/visits.py",
        "                    if before == customer_id:\n",
        "                    if False:\n",
        LINKS,
    ),
    bug(
        "link_told_and_kept",
        "what is news no more is not taken back: the result depends on the order of arrival",
        "streams/visits/click_facts.py",
        "        for naming in renamed(visit, click.event_id):\n",
        "        for naming in [one for one in renamed(visit, click.event_id) if one.is_link]:\n",
        LINKS,
    ),
    bug(
        "link_not_told_again",
        "a name that comes between others leaves the next one untold",
        "streams/visits/namings.py",
        "        news = naming.customer != before if index else",
        "        news = (naming.is_link or naming.event_id == click_id) and naming.customer != before if index else",
        LINKS,
    ),
    bug(
        "first_known_name_is_news",
        "a name that is known no further back is told again, against an order that named somebody else since",
        "streams/visits/namings.py",
        "else naming.is_link or naming.event_id == click_id",
        "else True",
        LINKS,
    ),
    bug(
        "naming_forgotten_with_w",
        "what W has passed is no name any more: each poll tells the link anew",
        "streams/visits/visit_limits.py",
        "        del namings[: bisect_left(namings, watermark, key=time_of) - 1]\n",
        "        del namings[: bisect_left(namings, watermark, key=time_of)]\n",
        LINKS,
    ),
    bug(
        "unlinked_unheard",
        "the profile keeps a link that is none",
        "streams/profiles/arrivals.py",
        "    if told:\n        first",
        "    if False:\n        first",
        UNLINKED,
    ),
    bug(
        "preview_not_withdrawn",
        "somebody else's exit intent shows the cart of a visitor who turned out to be another customer",
        "streams/profiles/arrivals.py",
        "    if first is not None:\n        (at,",
        "    if first is not None and now is None:\n        (at,",
        UNLINKED,
    ),
    # -- limits --------------------------------------------------------------------------------------------------------
    bug(
        "fresh_clicks_unlimited",
        "twenty thousand clicks in five seconds stop a partition",
        "streams/visits/visitors.py",
        "        if len(fresh) - count > FRESH_FEW:\n",
        "        if False:\n",
        VISITS,
        HOSTILE,
    ),
    bug(
        "many_visits_share_nothing",
        "a visitor who comes back all day while clicks may be late is put aside",
        "streams/visits/visit_limits.py",
        "    if len(visitor.visits) > VISITS_FEW:\n",
        "    if False:\n",
        VISITS,
    ),
    bug(
        "ties_unlimited",
        "pairs of clicks of one millisecond stop a partition after three hours",
        "streams/visits/visitors.py",
        "        if len(visit.ties) > TIES_FEW and",
        "        if False and",
        VISITS,
    ),
    bug(
        "visits_unlimited",
        "a backlog of clicks of any time holds thousands of visits open",
        "streams/visits/visits.py",
        "        if len(visitor.visits) > VISITS_MAX:\n",
        "        if False:\n",
        HOSTILE,
    ),
    bug(
        "journal_unlimited",
        "an outage of orders stops a partition by whoever is busy meanwhile",
        "streams/profiles/walk.py",
        "    while waiting > limit and (entry := next_entry(profile)) is not None:\n",
        "    while False and (entry := next_entry(profile)) is not None:\n",
        JOURNALS,
    ),
    bug(
        "what_counts_early_rings",
        "a bot's reminder goes out although its purchase is not yet known",
        "streams/profiles/walk.py",
        "        waiting -= entry_bytes(entry)\n",
        "        waiting -= entry_bytes(entry)\n"
        "        early = next_episode(case.person)\n"
        "        if early is not None and early.due < entry.fact.at:\n"
        "            ring(case, early)\n",
        JOURNALS,
    ),
    bug(
        "newest_fact_refused",
        "too much waits, and what comes is dropped: a purchase among it",
        "streams/profiles/walk.py",
        "        _fold(case, profile, entry, tell)\n        number += 1\n",
        "        profile.journal.pop()\n        number += 1\n",
        JOURNALS,
    ),
    bug(
        "orders_cut_at_the_wrong_end",
        "the latest order is forgotten, and said again it is a second purchase",
        "streams/person/person_limits.py",
        "oldest = sorted(orders.items(), key=lambda order: order[1])",
        "oldest = sorted(orders.items(), key=lambda order: order[1], reverse=True)",
        LIMITS,
    ),
    bug(
        "what_may_still_be_taken_back_goes_first",
        "a purchase no longer takes back what is on its way",
        "streams/person/person_limits.py",
        "    return not fired.settled, fired.fired_at\n",
        "    return fired.settled, fired.fired_at\n",
        LIMITS,
    ),
    bug(
        "previews_unlimited",
        "devices that sign in as one customer fill its record ahead of what they bring",
        "streams/person/person_limits.py",
        "    for preview in previews[: max(0, gone)]:\n",
        "    for preview in previews[:0]:\n",
        LIMITS,
    ),
    # -- put aside -----------------------------------------------------------------------------------------------------
    bug(
        "visitor_not_put_aside",
        "a record that Kafka refuses ends the process, for ever",
        "streams/visits/session_stage.py",
        "        if too_large is None and len(value) <= self._record_bytes_max:\n",
        "        if True:\n",
        ASIDE,
    ),
    bug(
        "customer_not_put_aside",
        "the same in the second stage",
        "streams/profiles/customer_stage.py",
        "        if too_large is None and len(value) <= self._record_bytes_max:\n",
        "        if True:\n",
        ASIDE,
    ),
    bug(
        "put_aside_in_silence",
        "nobody hears of it",
        "streams/profiles/aside.py",
        '        effects.count("put_aside", self._stage)\n',
        "",
        ASIDE,
    ),
    bug(
        "aside_forgotten_by_the_next_owner",
        "after a restart everything begins again",
        "streams/profiles/aside.py",
        "            self._notes[key] = note.aside, heard\n",
        "",
        ASIDE,
    ),
    # -- expiry --------------------------------------------------------------------------------------------------------
    bug(
        "customers_never_expire",
        "state grows without bound",
        "streams/profiles/retention.py",
        "return rulebook.customer_retention if",
        "return 1 << 50 if",
        CUSTOMERS,
    ),
    bug(
        "opt_out_expires_with_the_customer",
        "who wanted no messages is mailed at the next sign-in",
        "streams/profiles/walk.py",
        "REFUSAL_KEPT_MS if key.startswith(CUSTOMER) else NOTE_KEPT_MS",
        "kept if key.startswith(CUSTOMER) else NOTE_KEPT_MS",
        CUSTOMERS,
    ),
    bug(
        "old_facts_of_customers_count",
        "an order of before what was forgotten is a second purchase",
        "streams/profiles/customer_stage.py",
        "if fact.at < self._forgotten_before and",
        "if False and",
        CUSTOMERS,
    ),
    bug(
        "old_facts_of_visitors_count",
        "an order of before what was forgotten is a second purchase of the visitor's",
        "streams/visits/session_stage.py",
        "return fact.at + self._people.rulebook.retention < self._reached and",
        "return False and",
        EXPIRY,
    ),
    bug(
        "replayed_customers_are_of_the_first_day",
        "in a replay what is too old for a customer counts, since nobody was due",
        "streams/profiles/customer_stage.py",
        "            self._expired_to = watermark\n",
        "            pass\n",
        CUSTOMERS,
    ),
]
