"""Bugs in what is kept and what is said: state and its restore, triggers and what takes them back."""

from tests.mutants.bug import Bug, Edit, bug

ODD = "tests/stories/test_bad_and_odd_input.py"
BACK = "tests/stories/test_taking_back.py"
RESTORE = "tests/streams/test_restore.py"
PROFILES = "tests/streams/test_profiles.py"
IDS = "tests/streams/test_ids.py"
EXPIRY = "tests/streams/test_expiry.py"
EXPIRY_OF_CUSTOMERS = "tests/streams/test_expiry_of_customers.py"
HISTORIES = "tests/properties/test_small_histories.py"

BUGS: list[Bug] = [
    # -- state ---------------------------------------------------------------------------------------------------------
    bug(
        "profiles_not_armed_after_restore",
        "the due index is not rebuilt: nothing that waited ever rings",
        "streams/profiles/customer_stage.py",
        "            self._due.arm(key, wake_at(CUSTOMER + key, seen, self._people.in_force))\n",
        "",
        PROFILES,
    ),
    bug(
        "visitors_not_armed_after_restore",
        "the same for unknown visitors",
        "streams/visits/session_stage.py",
        "            self._profiles.arm(key, visitor, seen.wakes)\n",
        "",
        RESTORE,
    ),
    bug(
        "visits_not_armed_after_restore",
        "the same for open visits",
        "streams/visits/session_stage.py",
        "            visits.arm(key, visitor)\n",
        "",
        RESTORE,
    ),
    bug(
        "overdue_dropped",
        "timers that came due while nobody was there are too old to ring",
        "streams/time/due_index.py",
        "            if self._armed.get(key) == due:\n",
        "            if self._armed.get(key) == due and due >= watermark - 4000:\n",
        RESTORE,
    ),
    bug(
        "summary_says_later",
        "a restored profile that nobody has touched is woken too late",
        "streams/profiles/profile_record.py",
        "    return Summary(wakes if has_wakes else None,",
        "    return Summary(wakes + 3_600_000 if has_wakes else None,",
        RESTORE,
        PROFILES,
    ),
    bug(
        "touched_profile_not_kept",
        "what is changed in a restored profile is lost: each look makes it anew",
        "streams/profiles/profiles.py",
        "held = self._held[key] = decode(held)",
        "held = decode(held)",
        PROFILES,
    ),
    bug(
        "summary_without_its_note",
        "a restored visitor who is a customer is forgotten with those who are nobody",
        "streams/profiles/profile.py",
        "noted = bool(profile.links or person.opted_out or person.erased or consent_of(person).scopes)",
        "noted = False",
        PROFILES,
    ),
    bug(
        "last_changelog_record_lost",
        "one of the changed visitors is not written",
        "streams/visits/session_stage.py",
        "for key in changed]\n",
        "for key in (sorted(changed)[:-1] if len(changed) > 1 else changed)]\n",
        "tests/streams/test_session_stage.py",
    ),
    bug(
        "visitor_tombstone_not_written",
        "state grows without bound",
        "streams/visits/session_stage.py",
        "for key in changed]\n",
        "for key in changed if key in self._visits.visitors]\n",
        EXPIRY,
    ),
    bug(
        "profile_tombstone_not_written",
        "a forgotten profile comes back with the next restore",
        "streams/profiles/customer_stage.py",
        "for key in dirty]\n",
        "for key in dirty if self._profiles.get(key) is not None]\n",
        EXPIRY_OF_CUSTOMERS,
    ),
    bug(
        "marks_share_a_key",
        "two partitions of the intake overwrite each other's positions",
        "streams/intake/intake_stage.py",
        "self._mark_key = POSITION_KEY + source_name(topic, partition).encode()",
        "self._mark_key = POSITION_KEY",
        "tests/streams/test_accounting.py",
    ),
    bug(
        "vector_not_stored",
        "state and W part: after a restore nothing counts as late",
        "streams/profiles/customer_stage.py",
        "encode_mark(self.positions, vector=self._gate.vector, ",
        "encode_mark(self.positions, vector={}, ",
        RESTORE,
        "tests/streams/test_watermarks.py",
        BACK,
    ),
    # -- triggers ------------------------------------------------------------------------------------------------------
    bug(
        "ids_are_drawn",
        "the same occasion has another id in another run",
        "streams/ids.py",
        'occasion = "\\x00".join((rule_id, origin, event_id, str(step), *([same] if same else [])))',
        'occasion = "\\x00".join((rule_id, origin, event_id, str(step), str(id(PAIRS) + id(object()))))',
        IDS,
    ),
    bug(
        "ids_by_anchor_alone",
        "two people's triggers of one instant share an id",
        "streams/ids.py",
        'occasion = "\\x00".join((rule_id, origin, event_id, str(step), *([same] if same else [])))',
        'occasion = "\\x00".join((rule_id, str(step)))',
        IDS,
    ),
    bug(
        "state_cleared_before_emit",
        "with the one that rings, all other episodes are gone",
        "streams/triggers/fold.py",
        "    case.person.episodes.remove(episode)\n    until = ",
        "    case.person.episodes.clear()\n    until = ",
        HISTORIES,
    ),
    bug(
        "fires_again",
        "an episode stays after it has rung",
        "streams/triggers/fold.py",
        "            choose(case.person, asked.at, rule.id)\n",
        "            choose(case.person, asked.at, rule.id)\n"
        "            case.person.episodes.extend([replace(episode, step=2)] if episode.step == 1 else [])\n",
        HISTORIES,
    ),
    bug(
        "not_taken_back",
        "the cancellation is decided, and not sent",
        "streams/triggers/case.py",
        "        self.effects.outputs.append(cancelled_record(fired.key, record))\n",
        "",
        BACK,
    ),
    Bug(
        "late_order_takes_nothing_back",
        "whoever has bought is reminded of the cart: neither on arrival nor in order does anything follow",
        (
            Edit(
                "streams/triggers/taking_back.py",
                "        if late and fired.start <= order.at <= fired.due:\n            case.cancel(fired, Reason.LATE_ORDER)\n        elif",
                "        if",
            ),
            Edit(
                "streams/triggers/taking_back.py",
                "        prevented = row_of(fired.kind).judge is None and fired.start <= at <= fired.due\n",
                "        prevented = False\n",
            ),
        ),
        (BACK,),
    ),
    bug(
        "retraction_lost_on_merge",
        "what a visitor was sent is nobody's after the merge",
        "streams/person/merging.py",
        "    person.fired = sorted((*person.fired, *joining.fired), key=lambda fired: fired.fired_at)\n",
        "",
        BACK,
        "tests/stories/test_taking_back_merges.py",
    ),
    bug(
        "cancelled_twice",
        "every purchase takes the same trigger back again",
        "streams/triggers/case.py",
        "        if fired.cancelled:\n            return\n",
        "",
        BACK,
    ),
    bug(
        "late_click_arms_after_purchase",
        "what she put into the cart she has bought meanwhile",
        "streams/triggers/detectors/cart_abandonment.py",
        "    if is_bought_after(case.person, fact):\n",
        "    if False:\n",
        "tests/stories/test_thank_you_pages.py",
    ),
    bug(
        "order_leaves_the_cart",
        "a purchase at the very time of a change takes that line too: < for ≤",
        "streams/person/carts.py",
        "if held.changed_at <= at]:",
        "if held.changed_at < at]:",
        HISTORIES,
    ),
]
