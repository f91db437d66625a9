"""Bugs in rules that speak several times."""

from tests.mutants.bug import Bug, bug

STEPS = "tests/stories/test_steps.py"
BATCH = "tests/properties/test_steps_equal_batch.py"
FOLLOW = "streams/triggers/steps.py"

BUGS: list[Bug] = [
    bug(
        "next_step_waits_from_the_due_time_after_an_outage",
        "two messages within a minute, because the shop was down",
        FOLLOW,
        "    fired_at = episode.rings_at if case.now - episode.rings_at <= PUNCTUAL_MS else case.now\n",
        "    fired_at = episode.rings_at\n",
        STEPS,
    ),
    bug(
        "a_late_feed_moves_the_next_step",
        "whose orders come every quarter of an hour is reminded later and later",
        FOLLOW,
        "    fired_at = episode.rings_at if case.now - episode.rings_at <= PUNCTUAL_MS else case.now\n",
        "    fired_at = case.now\n",
        STEPS,
    ),
    bug(
        "deadline_itself_is_in_time",
        "< for ≤",
        FOLLOW,
        "due >= episode.anchor + rule.deadline",
        "due > episode.anchor + rule.deadline",
        STEPS,
    ),
    bug(
        "news_of_an_order_answers",
        "a parcel that is sent ends reminders of another cart",
        FOLLOW,
        "    if isinstance(fact, OrderPlaced) and not change.ordered:\n        return\n",
        "",
        STEPS,
        BATCH,
    ),
    bug(
        "a_merge_brings_no_answer",
        "whoever bought as a customer is reminded as the visitor",
        FOLLOW,
        '    if "order" in rule.stop_on and person.last_order_at > episode.asked_at:\n        return Reason.ORDERED\n',
        "",
        STEPS,
        BATCH,
    ),
    bug(
        "two_runs_of_one_rule",
        "something more in the cart: both occasions are told to the end",
        "streams/triggers/case.py",
        "                self.end(run, Reason.BEGAN_ANEW)\n",
        "                pass\n",
        STEPS,
        BATCH,
    ),
    bug(
        "later_steps_cool_down",
        "the first step silences the second",
        "streams/policy/cool_down.py",
        "if least is None or asked.episode.step > 1 else",
        "if least is None else",
        STEPS,
    ),
]
