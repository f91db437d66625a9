"""Bugs in what decides: windows, order, journal, timers, the gate, what is restored, what is taken back."""

from tests.mutants.bug import Bug, Edit, bug

CASES = "tests/streams/test_engine_cases.py"
CART = "tests/stories/test_cart_abandonment.py"
ODD = "tests/stories/test_bad_and_odd_input.py"
SESSIONS = "tests/stories/test_sessions.py"
STAGE = "tests/streams/test_session_stage.py"
BACK = "tests/stories/test_taking_back.py"
RESTORE = "tests/streams/test_restore.py"
PROFILES = "tests/streams/test_profiles.py"
WATERMARKS = "tests/streams/test_watermarks.py"
IDS = "tests/streams/test_ids.py"
EXPIRY = "tests/streams/test_expiry.py"
HISTORIES = "tests/properties/test_small_histories.py"
IDENTITY = "tests/stories/test_identity.py"

BUGS = [
    # -- the gate ------------------------------------------------------------------------------------------------------
    bug(
        "empty_partition_ignored",
        "a partition not yet heard of gates nothing",
        "streams/watermarks.py",
        "self.visitors = min([known[name] for name in self._sources])",
        "self.visitors = min([known[name] for name in self._sources if known[name]], default=UNKNOWN)",
        WATERMARKS,
    ),
    bug(
        "orders_do_not_gate",
        "abandonment does not wait for the orders that are behind",
        "streams/watermarks.py",
        "            for topic in (Topic.CLICKSTREAM, Topic.ORDERS)\n",
        "            for topic in (Topic.CLICKSTREAM,)\n",
        WATERMARKS,
    ),
    bug(
        "inboxes_do_not_gate",
        "a customer does not wait for what visitors' profiles forward",
        "streams/watermarks.py",
        "self.customers = min(self.visitors, *[known[name] for name in self._inboxes])",
        "self.customers = self.visitors",
        WATERMARKS,
    ),
    bug(
        "older_vector_wins",
        "a zombie's or a late vector moves time back",
        "streams/watermarks.py",
        "            if watermark > known.get(name, UNKNOWN):\n",
        "            if True:\n",
        WATERMARKS,
    ),
    bug(
        "watermark_goes_back",
        "what had been promised is taken back",
        "streams/watermarks.py",
        "self.watermark = max(self.watermark, reached - self.lateness)",
        "self.watermark = reached - self.lateness",
        WATERMARKS,
    ),
    bug(
        "lateness_forgotten",
        "nobody waits for stragglers",
        "streams/watermarks.py",
        "self.watermark = max(self.watermark, reached - self.lateness)",
        "self.watermark = max(self.watermark, reached)",
        WATERMARKS,
    ),
    bug(
        "lateness_one_short",
        "a record exactly as late as is allowed counts as late: < for ≤",
        "streams/watermarks.py",
        "self.watermark = max(self.watermark, reached - self.lateness)",
        "self.watermark = max(self.watermark, reached - self.lateness + 1)",
        WATERMARKS,
    ),
    # -- order and time ------------------------------------------------------------------------------------------------
    bug(
        "journal_off",
        "facts are folded as they come",
        "streams/walk.py",
        "        elif entry is not None and entry.fact.at < watermark:\n",
        "        elif entry is not None:\n",
        HISTORIES,
    ),
    bug(
        "journal_not_stored",
        "facts that wait are lost with their process",
        "streams/profile_record.py",
        "orjson.dumps(profile)[1:]",
        'orjson.dumps(__import__("dataclasses").replace(profile, journal=[]))[1:]',
        RESTORE,
    ),
    bug(
        "timer_before_the_fact_of_its_time",
        "an order at exactly the due time comes too late: ≤ for <",
        "streams/walk.py",
        "(entry is None or episode.due < entry.fact.at)",
        "(entry is None or episode.due <= entry.fact.at)",
        CART,
    ),
    Bug(
        "timer_due_at_the_watermark",
        "a timer rings while a fact of its very time may still come: ≤ for <",
        (
            Edit("streams/walk.py", "episode.due < watermark and", "episode.due <= watermark and"),
            Edit("streams/due_index.py", "heap[0][0] < watermark:", "heap[0][0] <= watermark:"),
            Edit(
                "streams/customer_stage.py",
                "if due.first is None or due.first >= watermark:",
                "if due.first is None or due.first > watermark:",
            ),
            Edit(
                "streams/customer_stage.py",
                "if at is not None and at < watermark:",
                "if at is not None and at <= watermark:",
            ),
        ),
        (CART, "tests/streams/test_due_index.py"),
    ),
    bug(
        "fire_early",
        "a millisecond before it is due",
        "streams/case.py",
        "anchor + rule.wait, event_id",
        "anchor + rule.wait - 1, event_id",
        CART,
    ),
    bug(
        "order_before_click",
        "at one time, a click comes before an order",
        "schemas/facts.py",
        "CLICK, ORDER, CLOSE = 0, 1, 2",
        "CLICK, ORDER, CLOSE = 1, 0, 2",
        HISTORIES,
    ),
    bug(
        "event_before_its_link",
        "order of hand-over: an event belongs to whom it names",
        "schemas/facts.py",
        "LINKING, OPENING, ITSELF = 0, 1, 2",
        "LINKING, OPENING, ITSELF = 2, 1, 0",
        HISTORIES,
    ),
    bug(
        "handed_over_empty",
        "order of hand-over: what was to be inherited is gone before it is told",
        "streams/walk.py",
        "        heir = customer_at(profile, place)\n",
        "        heir = customer_at(profile, place)\n        profile.person = Person()\n",
        IDENTITY,
    ),
    # -- visits --------------------------------------------------------------------------------------------------------
    Bug(
        "pause_of_exactly_the_gap",
        "it stays in the session: < for ≤",
        (
            Edit(
                "streams/session_stage.py",
                "if visit and visit.end < at <= visit.end + gap and",
                "if visit and visit.end < at < visit.end + gap and",
            ),
            Edit(
                "streams/visitors.py",
                "if visit.start - gap <= at <= visit.end + gap and",
                "if visit.start - gap < at < visit.end + gap and",
            ),
        ),
        (SESSIONS,),
    ),
    bug(
        "visit_closed_at_the_watermark",
        "a click at exactly end + gap may still come: ≤ for <",
        "streams/visitors.py",
        "        if visit.end + gap < watermark:\n",
        "        if visit.end + gap <= watermark:\n",
        STAGE,
        SESSIONS,
    ),
    bug(
        "late_click_reopens",
        "a closed session has been judged",
        "streams/visitors.py",
        "    if not touching and (reopens or at + gap < watermark):\n",
        "    if False:\n",
        ODD,
        STAGE,
    ),
    bug(
        "dedupe_off",
        "pages send again what was not acknowledged",
        "streams/seen.py",
        "    if seen.find(mark) >= 0 or ((older := visitor.older) and older.find(mark) >= 0):\n",
        "    if False:\n",
        ODD,
    ),
    bug(
        "dedupe_not_stored",
        "what was seen is forgotten with its process",
        "streams/visitor_record.py",
        "visits, seen, older, end = visitor.visits, visitor.seen,",
        'visits, seen, older, end = visitor.visits, b"",',
        STAGE,
    ),
    # -- state ---------------------------------------------------------------------------------------------------------
    bug(
        "profiles_not_armed_after_restore",
        "the due index is not rebuilt: nothing that waited ever rings",
        "streams/customer_stage.py",
        "            self._arm(key, wake_at(key, seen, self._rulebook.retention))\n\n    def fold",
        "\n    def fold",
        RESTORE,
    ),
    bug(
        "visits_not_armed_after_restore",
        "the same for open visits",
        "streams/session_stage.py",
        "            self._due.arm(key, next_due(visitor, self._gap, self._retention))\n            self.open_visits += len",
        "            self.open_visits += len",
        RESTORE,
    ),
    bug(
        "overdue_dropped",
        "timers that came due while nobody was there are too old to ring",
        "streams/due_index.py",
        "            if self._armed.get(key) == due:\n",
        "            if self._armed.get(key) == due and due >= watermark - 4000:\n",
        RESTORE,
    ),
    bug(
        "summary_says_later",
        "a restored profile that nobody has touched is woken too late",
        "streams/profile_record.py",
        '    return Summary(*orjson.loads(value[len(_TODAY) : value.index(b"]") + 1]))',
        '    seen = Summary(*orjson.loads(value[len(_TODAY) : value.index(b"]") + 1]))\n'
        "    return seen if seen.wakes is None else seen._replace(wakes=seen.wakes + 3_600_000)",
        RESTORE,
        PROFILES,
    ),
    bug(
        "touched_profile_not_kept",
        "what is changed in a restored profile is lost: each look makes it anew",
        "streams/profiles.py",
        "held = self._held[key] = decode(held)",
        "held = decode(held)",
        PROFILES,
    ),
    bug(
        "summary_without_its_note",
        "a restored visitor who is a customer is forgotten with those who are nobody",
        "streams/profile_record.py",
        'noted = bool(record["links"] or person["opted_out"] or person["erased"])',
        "noted = False",
        PROFILES,
    ),
    bug(
        "last_changelog_record_lost",
        "one of the dirty profiles is not written",
        "streams/customer_stage.py",
        "        for key in dirty:\n            profile = self._profiles.get(key)\n            changelog",
        "        for key in sorted(dirty)[:-1] if len(dirty) > 1 else dirty:\n            profile = self._profiles.get(key)\n            changelog",
        RESTORE,
    ),
    bug(
        "visitor_tombstone_not_written",
        "state grows without bound",
        "streams/session_stage.py",
        "                changelog.append((key, None))\n                continue\n",
        "                continue\n",
        EXPIRY,
    ),
    bug(
        "profile_tombstone_not_written",
        "a forgotten profile comes back with the next restore",
        "streams/customer_stage.py",
        "            changelog.append((key.encode(), None if profile is None else encode(profile)))\n",
        "            if profile is not None:\n                changelog.append((key.encode(), encode(profile)))\n",
        EXPIRY,
    ),
    bug(
        "marks_share_a_key",
        "two partitions of the intake overwrite each other's positions",
        "streams/intake_stage.py",
        "self._mark_key = POSITION_KEY + source_name(topic, partition).encode()",
        "self._mark_key = POSITION_KEY",
        "tests/streams/test_accounting.py",
    ),
    bug(
        "vector_not_stored",
        "state and W part: after a restore nothing counts as late",
        "streams/customer_stage.py",
        "encode_mark(self.position, vector=self._gate.vector)",
        "encode_mark(self.position, vector={})",
        RESTORE,
        "tests/streams/test_watermarks.py",
        BACK,
    ),
    # -- triggers ------------------------------------------------------------------------------------------------------
    bug(
        "ids_are_drawn",
        "the same occasion has another id in another run",
        "streams/ids.py",
        'occasion = "\\x00".join((rule_id, origin, event_id, str(step)))',
        'occasion = "\\x00".join((rule_id, origin, event_id, str(step), str(id(PAIRS) + id(object()))))',
        IDS,
    ),
    bug(
        "ids_by_anchor_alone",
        "two people's triggers of one instant share an id",
        "streams/ids.py",
        'occasion = "\\x00".join((rule_id, origin, event_id, str(step)))',
        'occasion = "\\x00".join((rule_id, str(step)))',
        IDS,
    ),
    bug(
        "state_cleared_before_emit",
        "with the one that rings, all other episodes are gone",
        "streams/fold.py",
        '    """The episode\'s time has come: look again, ask policy, fire or say why not."""\n    case.person.episodes.remove(episode)\n',
        '    """The episode\'s time has come: look again, ask policy, fire or say why not."""\n    case.person.episodes.clear()\n',
        HISTORIES,
    ),
    bug(
        "fires_again",
        "an episode stays after it has rung",
        "streams/fold.py",
        "    else:\n        case.fire(episode, rule)\n",
        "    else:\n        case.fire(episode, rule)\n"
        '        again = __import__("dataclasses").replace(episode, step=2)\n'
        "        case.person.episodes.extend([again] if episode.step == 1 else [])\n",
        HISTORIES,
    ),
    bug(
        "not_taken_back",
        "the cancellation is decided, and not sent",
        "streams/case.py",
        "        self.effects.outputs.append(cancelled_record(fired.key, record))\n",
        "",
        BACK,
    ),
    Bug(
        "late_order_takes_nothing_back",
        "whoever has bought is reminded of the cart: neither on arrival nor in order does anything follow",
        (
            Edit(
                "streams/taking_back.py",
                "        if late and fired.anchor <= order.at <= fired.due:\n            case.cancel(fired, Reason.LATE_ORDER)\n        elif",
                "        if",
            ),
            Edit(
                "streams/taking_back.py",
                "        prevented = fired.kind is not Kind.EXIT_INTENT and fired.anchor <= order.at <= fired.due\n",
                "        prevented = False\n",
            ),
        ),
        (BACK,),
    ),
    bug(
        "retraction_lost_on_merge",
        "what a visitor was sent is nobody's after the merge",
        "streams/memory.py",
        "    person.fired = sorted((*person.fired, *joining.fired), key=lambda fired: fired.fired_at)\n",
        "",
        BACK,
        "tests/stories/test_taking_back_merges.py",
    ),
    bug(
        "cancelled_twice",
        "every purchase takes the same trigger back again",
        "streams/case.py",
        "        if fired.cancelled:\n            return\n",
        "",
        BACK,
    ),
    bug(
        "late_click_arms_after_purchase",
        "what she put into the cart she has bought meanwhile",
        "streams/detectors/cart_abandonment.py",
        "    if any(ordered > place for ordered in order_places(case.person)):\n",
        "    if False:\n",
        ODD,
    ),
    bug(
        "order_leaves_the_cart",
        "a purchase at the very time of a change takes that line too: < for ≤",
        "streams/carts.py",
        "if held.changed_at <= at]:",
        "if held.changed_at < at]:",
        HISTORIES,
    ),
]
