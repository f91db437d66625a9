"""Bugs in the general rule: what arms, what ends, what travels, and what a purchase is to it."""

from tests.mutants.bug import Bug, bug

STORY = "tests/stories/test_sequence.py"
CONDITIONS = "tests/stories/test_sequence_conditions.py"
PEOPLE = "tests/stories/test_sequence_of_people.py"
ANSWERS = "tests/streams/test_answers.py"
FIELDS = "tests/streams/test_event_fields.py"
ORACLE = "tests/properties/test_sequences.py"

BUGS: list[Bug] = [
    bug(
        "answer_at_the_due_time_is_too_late",
        "an event exactly at a due time comes before the timer: < for ≤",
        "streams/triggers/absence.py",
        "answer[0] <= until for answer",
        "answer[0] < until for answer",
        STORY,
    ),
    bug(
        "answer_of_the_same_instant_is_none",
        "u = t counts if it comes later in the order of events",
        "streams/triggers/absence.py",
        "any(anchor < answer and",
        "any(anchor[0] < answer[0] and",
        STORY,
    ),
    bug(
        "every_rule_is_converted_by_a_purchase",
        "an order takes back a survey",
        "streams/triggers/detectors/sequence.py",
        "        start=None if rule.ends_with_a_purchase else NO_PURCHASE,\n",
        "        start=None,\n",
        STORY,
    ),
    bug(
        "some_purchases_are_all",
        "a rule that waits for a large order is ended by a small one",
        "schemas/rules/sequence.py",
        "    return clause.event == PURCHASE and clause.where is None\n",
        "    return clause.event == PURCHASE\n",
        STORY,
    ),
    bug(
        "answers_are_not_looked_for_again",
        "an anchor that comes late, or with a visitor, is never answered",
        "streams/triggers/detectors/sequence.py",
        "    return Reason.HAPPENED if is_answered(",
        "    return Reason.HAPPENED if False and is_answered(",
        PEOPLE,
    ),
    bug(
        "answers_stay_with_the_visitor",
        "what a visitor did before the sign-in is no answer",
        "streams/person/merging.py",
        "    join_answers(person, joining)\n",
        "",
        ORACLE,
    ),
    bug(
        "needed_answers_are_left_out",
        "the one in the middle, though it stands alone",
        "streams/person/answers.py",
        "answer[0] - before[0][0] <= wait:",
        "answer[0] - before[0][0] <= 2 * wait:",
        ANSWERS,
    ),
    bug(
        "any_value_ends_any_occasion",
        "the booking of one quote silences all",
        "streams/triggers/absence.py",
        "and same in (None, episode.same)",
        "and True",
        STORY,
    ),
    bug(
        "a_first_that_has_fired_was_not_waiting",
        "a late event of then fires beside it",
        "streams/triggers/detectors/sequence.py",
        "        return any(fired.anchor <= place[0] <= fired.due for fired in own)\n",
        "        return any(fired.anchor <= place[0] < fired.due for fired in own)\n",
        PEOPLE,
    ),
    bug(
        "a_merged_answer_lets_the_first_wait_on",
        "the next event, which is the first again, is passed over",
        "streams/triggers/detectors/sequence.py",
        "        case.end(waiting, reason)\n        return False\n",
        "        return True\n",
        PEOPLE,
    ),
    bug(
        "everything_of_a_name_travels",
        "facts that no rule can use go to every profile",
        "streams/triggers/asking.py",
        '            effects.count(FAILED, "where")\n    return False\n',
        '            effects.count(FAILED, "where")\n    return True\n',
        STORY,
    ),
    bug(
        "fields_without_a_limit",
        "one event of a shop makes a record that Kafka refuses",
        "streams/triggers/event_fields.py",
        "    while said and size_of(said) > bytes_max:\n",
        "    while False:\n",
        FIELDS,
    ),
    bug(
        "what_cannot_be_judged_holds",
        "a condition over a text of letters lets everybody pass",
        "streams/triggers/given.py",
        "        if not held:\n",
        "        if not held and not failure:\n",
        CONDITIONS,
    ),
]
