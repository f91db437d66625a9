"""May a due trigger go out? Every guard is asked, in one order; the first that speaks names the reason."""

from collections.abc import Callable, Iterable

from schemas.outcomes.decisions import Reason
from streams.policy.arbitration import arbitration
from streams.policy.asked import Asked, Guard
from streams.policy.asked_for import asked_for
from streams.policy.caps import caps
from streams.policy.consent import consent
from streams.policy.converted import converted
from streams.policy.cool_down import cool_down
from streams.policy.erased import erased
from streams.policy.excluded import excluded
from streams.policy.expired import expired, last_moment
from streams.policy.guarded import guarded
from streams.policy.holdout import holdout
from streams.policy.no_target import no_target
from streams.policy.outcomes import ALLOWED, Allowed, Deferred, Outcome, Refused
from streams.policy.quiet_hours import quiet_hours

GUARDS: tuple[Guard, ...] = (
    *(erased, excluded, no_target, consent, converted, asked_for),
    *(holdout, expired, quiet_hours, cool_down, caps),
)
"""Those that look at one trigger alone. Arbitration looks at all that are due, and the guard against blasts, which is
the last, at everybody's."""


def nobody() -> Iterable[Asked]:
    """The rivals of what is judged alone."""
    return ()


def judged(asked: Asked, rivals: Callable[[], Iterable[Asked]] = nobody) -> Outcome:
    """Whether the trigger goes now, later or not at all. `rivals` are the person's other triggers that are due at the
    same instant."""
    outcome = _alone(asked)
    if isinstance(outcome, Allowed) and _competes(asked):
        outcome = arbitration(asked, [rival for rival in rivals() if isinstance(_alone(rival), Allowed)])
    if isinstance(outcome, Allowed):
        outcome = guarded(asked)
    return _in_time(asked, outcome) if isinstance(outcome, Deferred) else outcome


def _competes(asked: Asked) -> bool:
    """A shadow takes nobody's place, and what is answered on the spot waits for nobody."""
    return asked.case.rulebook.arbitrates and not asked.is_answered_on_the_spot and not asked.rule.shadow


def _alone(asked: Asked) -> Outcome:
    for guard in GUARDS:
        outcome = guard(asked)
        if not isinstance(outcome, Allowed):
            return outcome
    return ALLOWED


def _in_time(asked: Asked, deferred: Deferred) -> Outcome:
    """What would have to wait until it has expired, or its run is over, that instant included, is refused at once; so
    is what is answered on the spot or never."""
    if asked.is_answered_on_the_spot:
        return Refused(deferred.reason, deferred.evidence)
    last = last_moment(asked)
    if last is None or deferred.until < last:
        return deferred
    return Refused(Reason.DEADLINE, {**deferred.evidence, "because": deferred.reason.value, "until": deferred.until})
