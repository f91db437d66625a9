"""What every guard is asked: may this trigger go out now?"""

from collections.abc import Callable
from typing import NamedTuple

from schemas.rules.base import RuleBase
from schemas.state.person import Episode
from streams.policy.outcomes import Outcome
from streams.triggers.case import Case
from streams.triggers.row import Row


class Asked(NamedTuple):
    """The person's case, the occasion, the rule that opened it, and its kind."""

    case: Case
    episode: Episode
    rule: RuleBase
    row: Row

    @property
    def at(self) -> int:
        """The moment that it is judged for, ms of event time: its due time, or until when it was put off."""
        return self.episode.rings_at

    @property
    def is_answered_on_the_spot(self) -> bool:
        """Whether its kind is judged on arrival: then it cannot wait."""
        return self.row.judge is not None


Guard = Callable[[Asked], Outcome]
