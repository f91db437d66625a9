"""What every guard is asked: may this trigger go out now?"""

from collections.abc import Callable

from schemas.rules.base import RuleBase
from schemas.state.person import Episode
from streams.person.waiting import rings_at
from streams.policy.outcomes import Outcome
from streams.triggers.case import Case
from streams.triggers.row import Row


class Asked:
    """The person's case, the occasion, the rule that opened it, and its kind. `at` is the moment that it is judged for,
    ms of event time: its due time, or until when it was put off. `is_answered_on_the_spot` if its kind is judged on
    arrival: then it cannot wait."""

    __slots__ = ("at", "case", "episode", "is_answered_on_the_spot", "row", "rule")

    def __init__(self, case: Case, episode: Episode, rule: RuleBase, row: Row) -> None:
        self.case = case
        self.episode = episode
        self.rule = rule
        self.row = row
        self.at = rings_at(episode)
        self.is_answered_on_the_spot = row.judge is not None


Guard = Callable[[Asked], Outcome]
