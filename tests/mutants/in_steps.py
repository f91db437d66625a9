"""Bugs in rules that speak several times."""

from tests.mutants.bug import Bug, bug

STEPS = "tests/stories/test_steps.py"
BATCH = "tests/properties/test_steps_equal_batch.py"
ANSWERS = "tests/stories/test_answers_to_messages.py"
CONDITIONS = "tests/stories/test_conditions_of_steps.py"
ANSWERED = "tests/properties/test_answers_equal_batch.py"
FOLLOW = "streams/triggers/steps.py"
RESPONSES = "streams/person/responses.py"

BUGS: list[Bug] = [
    bug(
        "next_step_waits_from_the_due_time_after_an_outage",
        "two messages within a minute, because the shop was down",
        FOLLOW,
        "    fired_at = rings_at(episode) if case.now - rings_at(episode) <= PUNCTUAL_MS else case.now\n",
        "    fired_at = rings_at(episode)\n",
        STEPS,
    ),
    bug(
        "a_late_feed_moves_the_next_step",
        "whose orders come every quarter of an hour is reminded later and later",
        FOLLOW,
        "    fired_at = rings_at(episode) if case.now - rings_at(episode) <= PUNCTUAL_MS else case.now\n",
        "    fired_at = case.now\n",
        STEPS,
    ),
    bug(
        "deadline_itself_is_in_time",
        "< for ≤",
        FOLLOW,
        "due >= ends_at",
        "due > ends_at",
        STEPS,
    ),
    bug(
        "any_sign_of_life_is_an_order",
        "a parcel that is sent ends reminders of another cart",
        FOLLOW,
        "person.last_order_at > since:",
        "max(person.last_order_at, person.active.at if person.active else 0) > since:",
        STEPS,
        BATCH,
    ),
    bug(
        "an_order_is_no_answer",
        "whoever has bought is asked for an answer all the same",
        FOLLOW,
        '    if "order" in rule.stop_on and person.last_order_at > since:\n        return Reason.ORDERED\n',
        "",
        STEPS,
        ANSWERED,
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
    bug(
        "ten_minutes_are_too_late",
        "< for ≤",
        RESPONSES,
        "<= FOLLOWED_MS",
        "< FOLLOWED_MS",
        ANSWERS,
        ANSWERED,
    ),
    bug(
        "a_click_needs_no_visit",
        "a scanner follows all links, and the reminders end",
        RESPONSES,
        "kind = UNFOLLOWED if fact.event == CLICK else fact.event",
        "kind = fact.event",
        ANSWERS,
        ANSWERED,
    ),
    bug(
        "a_click_that_is_told_late_finds_no_visit",
        "only a visit that is told after it",
        RESPONSES,
        "    _keep(person, [*dealings_of(person).responses, Response(fact.at, kind, *names)], cut)\n",
        "    own_dealings(person).responses = [*dealings_of(person).responses, Response(fact.at, kind, *names)]\n",
        ANSWERS,
    ),
    bug(
        "an_answer_to_one_rule_is_one_to_all",
        "whoever clicks in a newsletter hears no more of the cart",
        FOLLOW,
        " and _is_about(response, episode):",
        ":",
        ANSWERS,
        ANSWERED,
    ),
    bug(
        "an_answer_that_is_told_late_is_lost",
        "it was given before the step that is out by now",
        FOLLOW,
        "    asked_at = rings_at(episode) if episode.step == 1 else episode.asked_at\n",
        "    asked_at = rings_at(episode)\n",
        ANSWERS,
    ),
    bug(
        "machines_answer",
        "a mail program opens all by itself",
        "streams/intake/intake_stage.py",
        "            if said.machine:\n                return Oddity.MACHINE\n",
        "",
        ANSWERS,
        ANSWERED,
    ),
    bug(
        "the_condition_of_a_step_is_not_asked",
        "whoever has bought hears the last step",
        "streams/triggers/rule_conditions.py",
        'self.ifs.get(("if",)), self.ifs.get(("steps", step - 1, "if"))',
        '(self.ifs.get(("if",)),)',
        CONDITIONS,
        ANSWERED,
    ),
    bug(
        "the_condition_of_the_step_before",
        "counted from 1 for from 0",
        "streams/triggers/rule_conditions.py",
        '("steps", step - 1, "if")',
        '("steps", step - 2, "if")',
        CONDITIONS,
        ANSWERED,
    ),
]
