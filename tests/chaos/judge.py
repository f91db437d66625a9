"""The verdict: every invariant of the chaos run evaluated on the evidence, one finding each. Pure.

Which records may count strictly: W of a partition may have passed a record of time t once a fetch was sent later than
t + L before the record was known to be written. So a household is compared with the batch computation if each of its
events was acknowledged at most L after its time; the others ("late on arrival"), and the plots that are late, garbage
or silenced on purpose, are judged by the rules for lateness and consent alone. Their number is limited.

Visible duplicates: destinations de-duplicate by `webhook-id`, as real ones do. Visible is a second trigger for one
occasion, a trigger that is twice on the topic, a repeated call with another body, an id at two destinations, and a
call that follows one answered by 2xx although its partition was not opened anew in between, and no dispatcher stood
still for its time-out.
"""

from tests.chaos.evidence import Evidence
from tests.chaos.finding import Case, Finding, expected_of
from tests.chaos.judge_run import (
    accounted_for,
    faults_as_planned,
    nothing_leaked,
    processes_as_told,
    state_as_recomputed,
)
from tests.chaos.judge_triggers import (
    in_bounded_time,
    no_false_abandonment,
    no_visible_duplicate,
    nothing_early,
    nothing_invented,
    nothing_lost,
)


def judge(evidence: Evidence) -> list[Finding]:
    """All findings."""
    case = Case(evidence)
    wanted = expected_of(case)
    return [
        nothing_lost(case, wanted),
        nothing_invented(case, wanted),
        no_visible_duplicate(case),
        nothing_early(case),
        in_bounded_time(case),
        accounted_for(case),
        state_as_recomputed(case),
        nothing_leaked(case),
        processes_as_told(case),
        no_false_abandonment(case),
        faults_as_planned(case),
    ]
