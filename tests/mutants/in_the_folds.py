"""Bugs in what decides: the gate, windows, order, journal, timers, visits."""

from tests.mutants.bug import Bug, Edit, bug

CART = "tests/stories/test_cart_abandonment.py"
ODD = "tests/stories/test_bad_and_odd_input.py"
SESSIONS = "tests/stories/test_sessions.py"
STAGE = "tests/streams/test_session_stage.py"
RESTORE = "tests/streams/test_restore.py"
WATERMARKS = "tests/streams/test_watermarks.py"
HISTORIES = "tests/properties/test_small_histories.py"
IDENTITY = "tests/stories/test_identity.py"

BUGS: list[Bug] = [
    bug(
        "products_stand_as_they_arrive",
        "the message shows last what was viewed last but one",
        "streams/visits/viewed_products.py",
        "dict(sorted(both.items(), key=_place_of)[-PRODUCTS_MAX:])",
        "dict(list(both.items())[-PRODUCTS_MAX:])",
        "tests/stories/test_browse_abandonment.py",
    ),
    bug(
        "records_sent_again_are_news",
        "what was refused is judged again, a day later",
        "streams/profiles/walk.py",
        " and not is_repeat(case.person, fact)",
        "",
        "tests/stories/test_sent_again.py",
    ),
    # -- the gate ------------------------------------------------------------------------------------------------------
    bug(
        "empty_partition_ignored",
        "a partition not yet heard of gates nothing",
        "streams/time/watermarks.py",
        "self.watermark = min(self.vector.values())",
        "self.watermark = min([at for at in self.vector.values() if at], default=UNKNOWN)",
        WATERMARKS,
    ),
    bug(
        "orders_do_not_gate",
        "a customer's abandonment does not wait for the orders that are behind",
        "streams/profiles/customer_stage.py",
        "sources(layout, Topic.CLICKSTREAM, Topic.ORDERS)",
        "sources(layout, Topic.CLICKSTREAM)",
        WATERMARKS,
    ),
    bug(
        "orders_do_not_gate_visitors",
        "an unknown visitor is reminded of what was bought, since the orders are behind",
        "streams/visits/session_stage.py",
        "        self._reached = min(visits.clock.watermark, self._gate.settle())\n        self._profiles.pass_time",
        "        self._reached = visits.clock.watermark\n        self._profiles.pass_time",
        WATERMARKS,
    ),
    bug(
        "visitors_do_not_gate",
        "a customer does not wait for what visitors have to send on",
        "streams/profiles/customer_stage.py",
        "sources(layout, Topic.CLICKSTREAM, Topic.ORDERS)",
        "sources(layout, Topic.ORDERS)",
        WATERMARKS,
    ),
    bug(
        "one_partition_of_visitors_does_not_gate",
        "the last partition of each source is forgotten, and may be hours behind",
        "streams/time/watermarks.py",
        "for partition in range(layout.partitions(topic))]",
        "for partition in range(max(1, layout.partitions(topic) - 1))]",
        WATERMARKS,
    ),
    bug(
        "visits_w_published",
        "W of the clicks is told, and a customer decides before what waits for orders was sent on",
        "streams/visits/session_stage.py",
        "return {source_name(CLICKS, self._partition): self._reached}",
        "return {source_name(CLICKS, self._partition): self._visits.clock.watermark}",
        WATERMARKS,
    ),
    bug(
        "published_ahead_of_what_was_sent_on",
        "what was heard since the last batch is told, though nobody was walked up to there",
        "streams/visits/session_stage.py",
        "return {source_name(CLICKS, self._partition): self._reached}",
        "return {source_name(CLICKS, self._partition): min(self._visits.clock.watermark, self._gate.settle())}",
        WATERMARKS,
    ),
    bug(
        "older_vector_wins",
        "a zombie's or a late vector moves time back",
        "streams/time/watermarks.py",
        "            if name in known and watermark > known[name]:\n",
        "            if name in known:\n",
        WATERMARKS,
    ),
    bug(
        "watermark_goes_back",
        "what had been promised is taken back",
        "streams/time/watermarks.py",
        "self.watermark = max(self.watermark, reached - self.lateness)",
        "self.watermark = reached - self.lateness",
        WATERMARKS,
    ),
    bug(
        "lateness_forgotten",
        "nobody waits for stragglers",
        "streams/time/watermarks.py",
        "self.watermark = max(self.watermark, reached - self.lateness)",
        "self.watermark = max(self.watermark, reached)",
        WATERMARKS,
    ),
    bug(
        "lateness_one_short",
        "a record exactly as late as is allowed counts as late: < for ≤",
        "streams/time/watermarks.py",
        "self.watermark = max(self.watermark, reached - self.lateness)",
        "self.watermark = max(self.watermark, reached - self.lateness + 1)",
        WATERMARKS,
    ),
    # -- order and time ------------------------------------------------------------------------------------------------
    bug(
        "journal_off",
        "facts are folded as they come",
        "streams/profiles/walk.py",
        "        elif entry is not None and entry.at < watermark:\n",
        "        elif entry is not None:\n",
        HISTORIES,
    ),
    bug(
        "journal_not_stored",
        "facts that wait are lost with their process",
        "streams/profiles/profile_record.py",
        "        [(entry.fact, entry.to, entry.size) for entry in profile.journal],\n",
        "        [],\n",
        RESTORE,
    ),
    bug(
        "timer_before_the_fact_of_its_time",
        "an order at exactly the due time comes too late: ≤ for <",
        "streams/profiles/walk.py",
        "else min(watermark, entry.at)",
        "else min(watermark, entry.at + 1)",
        CART,
    ),
    Bug(
        "timer_due_at_the_watermark",
        "a timer rings while a fact of its very time may still come: ≤ for <",
        (
            Edit(
                "streams/profiles/walk.py",
                "until = watermark if entry is None",
                "until = watermark + 1 if entry is None",
            ),
            Edit("streams/time/due_index.py", "heap[0][0] < watermark:", "heap[0][0] <= watermark:"),
            *[
                Edit(
                    file,
                    "if self._due.first is None or self._due.first >= watermark:\n            return\n",
                    "if self._due.first is None or self._due.first > watermark:\n            return\n",
                )
                for file in ("streams/profiles/customer_stage.py", "streams/visits/visitor_profiles.py")
            ],
            *[
                Edit(file, "if at is not None and at < watermark:", "if at is not None and at <= watermark:")
                for file in ("streams/profiles/customer_stage.py", "streams/visits/visitor_profiles.py")
            ],
        ),
        (CART, "tests/streams/test_due_index.py"),
    ),
    bug(
        "a_click_outlasts_the_order_of_its_instant",
        "who else clicked in that millisecond changes the trigger's id",
        "streams/triggers/detectors/inactivity.py",
        "        class_ = CLICK if active.origin == active.visitor else ORDER\n",
        "        class_ = CLICK\n",
        "tests/stories/test_silence.py",
    ),
    bug(
        "fire_early",
        "a millisecond before it is due",
        "streams/triggers/case.py",
        "start = self.person, anchor + rule.first_wait, anchor",
        "start = self.person, anchor + rule.first_wait - 1, anchor",
        CART,
    ),
    bug(
        "order_before_click",
        "at one time, a click comes before an order",
        "schemas/facts/said.py",
        "CLICK: Final = 0\nORDER: Final = 1\n",
        "CLICK: Final = 1\nORDER: Final = 0\n",
        HISTORIES,
    ),
    bug(
        "event_before_its_link",
        "order of hand-over: an event belongs to whom it names",
        "schemas/facts/said.py",
        "LINKING: Final = 0\nOPENING: Final = 1\nITSELF: Final = 2\n",
        "LINKING: Final = 2\nOPENING: Final = 1\nITSELF: Final = 0\n",
        HISTORIES,
    ),
    bug(
        "handed_over_empty",
        "order of hand-over: what was to be inherited is gone before it is told",
        "streams/profiles/walk.py",
        "        heir = customer_at(profile, place)\n",
        "        heir = customer_at(profile, place)\n        profile.person = type(profile.person)()\n",
        IDENTITY,
    ),
    # -- visits --------------------------------------------------------------------------------------------------------
    Bug(
        "pause_of_exactly_the_gap",
        "it stays in the session: < for ≤",
        (
            Edit(
                "streams/visits/visits.py",
                "if visit and visit.end < at <= visit.end + gap and",
                "if visit and visit.end < at < visit.end + gap and",
            ),
            Edit(
                "streams/visits/visitors.py",
                "visit.start - gap <= at <= visit.end + gap and",
                "visit.start - gap < at < visit.end + gap and",
            ),
        ),
        (SESSIONS,),
    ),
    bug(
        "visit_closed_at_the_watermark",
        "a click at exactly end + gap may still come: ≤ for <",
        "streams/visits/visitors.py",
        "        if visit.end + gap < watermark:\n",
        "        if visit.end + gap <= watermark:\n",
        STAGE,
        SESSIONS,
    ),
    bug(
        "late_click_reopens",
        "a closed session has been judged",
        "streams/visits/visitors.py",
        "    if not touching and (reopens or at + gap < watermark):\n",
        "    if False:\n",
        ODD,
        STAGE,
    ),
    bug(
        "dedupe_off",
        "pages send again what was not acknowledged",
        "streams/visits/seen.py",
        "    if seen.find(mark) >= 0 or ((older := visitor.older) and older.find(mark) >= 0):\n",
        "    if False:\n",
        ODD,
    ),
    bug(
        "dedupe_not_stored",
        "what was seen is forgotten with its process",
        "streams/visits/visitor_record.py",
        "visits, seen, older, end = visitor.visits, visitor.seen,",
        'visits, seen, older, end = visitor.visits, b"",',
        "tests/streams/test_visitor_record.py",
    ),
]
