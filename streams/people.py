"""What a stage does with the people that it is the single writer of: the unknown visitors of a partition of clicks, or
the customers of a partition of their inbox. The same in both places; what differs is whose facts come, and which W
gates."""

from collections.abc import Iterable

from schemas.facts import Fact
from schemas.profile import Profile
from schemas.rules.rulebook import Rulebook
from streams.arrivals import arrive
from streams.profile import forget_previews, ordered_at, wakes
from streams.records import tell
from streams.stage import Effects
from streams.triggers.case import Case
from streams.triggers.kinds import HEARS
from streams.triggers.opening_rules import OpeningRules
from streams.walk import fold_early, walk


class People:
    """Folds facts and time into profiles, and counts what is open in all of them.

    `now` is the broker's clock, ms; `effects` take what comes of it; `opened` are the rules that opened episodes. A
    fact larger than `record_bytes_max` is not told: `too_large` says who has told it, to be put aside.
    """

    __slots__ = (
        "_at_hand",
        "_record_bytes_max",
        "effects",
        "now",
        "open_episodes",
        "opened",
        "rulebook",
        "too_large",
        "waiting_facts",
    )

    def __init__(self, rulebook: Rulebook, record_bytes_max: int) -> None:
        self.rulebook = rulebook
        self.opened = OpeningRules(rulebook, HEARS)
        self.effects = Effects()
        self.too_large: dict[str, bytes] = {}
        self.now = 0
        self.open_episodes = 0
        self.waiting_facts = 0
        self._record_bytes_max = record_bytes_max
        self._at_hand = ""

    def count(self, episodes: int, waiting: int) -> None:
        """So many more open episodes and waiting facts there are."""
        self.open_episodes += episodes
        self.waiting_facts += waiting

    def hear(self, key: str, profile: Profile, facts: Iterable[Fact], gate: int) -> None:
        """Take facts into the profile of that key, in the order of their arrival; `gate` is the W it decides by."""
        episodes, waiting = len(profile.person.episodes), len(profile.journal)
        case = self._case(key, profile, gate)
        if profile.joining:
            forget_previews(profile, gate)
        for fact in facts:
            arrive(case, profile, fact, gate, self._tell)
            if fact.at > profile.touched:
                profile.touched = fact.at
        fold_early(case, profile, self._tell)
        self.count(len(profile.person.episodes) - episodes, len(profile.journal) - waiting)

    def pass_time(self, key: str, profile: Profile, watermark: int) -> int | None:
        """Walk the profile up to W; when it wants to be woken next, None if nothing waits."""
        episodes, waiting = len(profile.person.episodes), len(profile.journal)
        walk(self._case(key, profile, watermark), profile, watermark, self._tell)
        self.count(len(profile.person.episodes) - episodes, len(profile.journal) - waiting)
        return wakes(profile)

    def _case(self, key: str, profile: Profile, at: int) -> Case:
        self._at_hand = key
        return Case(
            key,
            profile.person,
            self.rulebook,
            self.opened,
            self.effects,
            at=at,
            now=max(self.now, at),
            ordered_at=lambda others: ordered_at(profile, others=others),
        )

    def _tell(self, key: str, fact: Fact) -> None:
        """Tell another profile, unless the fact is larger than a record may be: then whoever tells it is put aside."""
        if tell(self.effects, key, fact) > self._record_bytes_max:
            self.too_large[self._at_hand] = self.effects.outputs.pop().value
