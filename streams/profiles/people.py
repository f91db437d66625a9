"""What a stage does with the people that it is the single writer of: the unknown visitors of a partition of clicks, or
the customers of a partition of their inbox. The same in both places; what differs is whose facts come, and which W
gates."""

from collections.abc import Iterable, Mapping

from schemas.facts.profile_facts import ErasureAsked, Fact
from schemas.rules.rulebook import Rulebook
from schemas.state.profile import Profile
from schemas.topics import Topic
from streams.intake.traffic import EVERYBODY, Traffic
from streams.layout import Layout
from streams.policy.blasts import Blasts
from streams.profiles.arrivals import arrive
from streams.profiles.profile import Summary, forget_previews, waiting_facts, wakes
from streams.profiles.told_carts import BOUGHT_KEY, TELLING, ToldCarts, tells_carts
from streams.profiles.walk import fold_early, walk
from streams.records import tell
from streams.shop import ANY_SHOP, Shop
from streams.stage import Effects
from streams.triggers.case import Case
from streams.triggers.in_force import RULEBOOK_KEY, decode, encode, first
from streams.triggers.kinds import HEARS
from streams.triggers.opening_rules import RULE_KEY, OpeningRules


class People:
    """Folds facts and time into profiles, and counts what is open in all of them.

    `now` is the broker's clock, ms; `effects` take what comes of it; `in_force` is the rulebook that people are judged
    by, `opened` are the rules that opened episodes, `carts` who has told which cart, `blasts` how many triggers of
    guarded rules went out. A fact larger than `record_bytes_max` is not told: `too_large` says who has told it, to be
    put aside.
    """

    __slots__ = (
        "_at_hand",
        "_record_bytes_max",
        "_shop",
        "_traffic",
        "blasts",
        "carts",
        "effects",
        "in_force",
        "now",
        "open_episodes",
        "opened",
        "too_large",
        "waiting_facts",
    )

    def __init__(
        self,
        rulebook: Rulebook,
        layout: Layout,
        record_bytes_max: int,
        traffic: Traffic = EVERYBODY,
        shop: Shop = ANY_SHOP,
    ) -> None:
        self.in_force = first(rulebook)
        self.blasts = Blasts(layout.partitions(Topic.CLICKSTREAM) + layout.partitions(Topic.CUSTOMER_INBOX))
        self.carts = ToldCarts()
        self.opened = OpeningRules(rulebook, HEARS)
        self.effects = Effects()
        self.too_large: dict[str, bytes] = {}
        self.now = 0
        self.open_episodes = 0
        self.waiting_facts = 0
        self._record_bytes_max = record_bytes_max
        self._traffic = traffic
        self._shop = shop
        self._at_hand = ""

    @property
    def rulebook(self) -> Rulebook:
        """The rulebook in force."""
        return self.in_force.rulebook

    def open(self, watermark: int) -> None:
        """All is restored: what waits was opened by these rules; W is `watermark`, ms."""
        self.opened.open(self.rulebook, watermark, self.in_force.previous)
        self.blasts.forget(self.rulebook.by_id)

    def take_over(self, rulebook: Rulebook, watermark: int, positions: Mapping[Topic, int]) -> None:
        """From here on this rulebook is in force; `positions` say where in the input that is, W is `watermark`, ms."""
        self.in_force.take_over(rulebook, watermark, positions)
        self.opened.open(rulebook, watermark, self.in_force.previous)
        self.blasts.forget(rulebook.by_id)

    @property
    def has_news(self) -> bool:
        """Whether the changelog has to be told by which rules people are judged from now on."""
        return self.in_force.is_news or self.opened.is_news or self.carts.is_news

    def rules_written(self, watermark: int) -> list[tuple[bytes, bytes | None]]:
        """What the changelog has to be told of rules, and of bought carts, since the last call."""
        entries = [*self.opened.entries(watermark), *self.carts.entries()]
        if self.in_force.is_news:
            self.in_force.is_news = False
            entries.append((RULEBOOK_KEY, encode(self.in_force)))
        return entries

    def restore(self, key: bytes, value: bytes | None) -> bool:
        """Take a record of the changelog if it is one of rules, or of bought carts; whether it was. Raises
        UnreadableState."""
        if key == RULEBOOK_KEY:
            assert value is not None, "the rulebook of a partition has a tombstone"
            self.in_force = decode(value)
        elif key.startswith(RULE_KEY):
            self.opened.restore(key, value)
        elif key.startswith(BOUGHT_KEY):
            self.carts.restore(key, value)
        else:
            return False
        return True

    def restored(self, key: str, seen: Summary) -> None:
        """A profile of that summary was restored."""
        self.count(seen.episodes, seen.waiting)
        self.carts.index(key, seen.carts)

    def gone(self, profile: Profile) -> None:
        """The profile is not counted any more."""
        self.count(-len(profile.person.episodes), -waiting_facts(profile))

    def count(self, episodes: int, waiting: int) -> None:
        """So many more open episodes and waiting facts there are."""
        self.open_episodes += episodes
        self.waiting_facts += waiting

    def begin(self, now: int, watermark: int) -> None:
        """A batch begins at `now` by the broker's clock, ms; what was bought a retention before W, ms, is let go of."""
        self.now = now
        self.carts.let_go_before(watermark - self.rulebook.retention, self.effects.cut)

    def hear(self, key: str, profile: Profile, facts: Iterable[Fact], gate: int) -> None:
        """Take facts into the profile of that key, in the order of their arrival; `gate` is the W it decides by."""
        episodes, waiting = len(profile.person.episodes), waiting_facts(profile)
        case = self._case(key, profile, gate)
        if profile.joining:
            forget_previews(profile, gate)
        for fact in facts:
            person = profile.person
            arrive(case, profile, fact, gate, self._tell)
            if type(fact) in TELLING:
                self._note_carts(case, profile, fact, gate)
            elif type(fact) is ErasureAsked and profile.person is not person:  # not if it was granted before
                self.forget_carts(key, profile)
                for entry in list(profile.journal):  # what was told since the wish is kept
                    self._note_carts(case, profile, entry.fact, gate)
            if fact.at > profile.touched:
                profile.touched = fact.at
        fold_early(case, profile, self._tell)
        self.count(len(profile.person.episodes) - episodes, waiting_facts(profile) - waiting)

    def _note_carts(self, case: Case, profile: Profile, fact: Fact, gate: int) -> None:
        """Keep which carts the fact tells, if any, and let the profile hear of orders that have bought them."""
        if tells_carts(fact):
            for bought in self.carts.told(case.key, profile, fact, self.effects.cut):
                arrive(case, profile, bought, gate, self._tell)

    def forget_carts(self, key: str, profile: Profile) -> None:
        """Nobody of that key holds a cart any more."""
        self.carts.forget(key, profile.carts)
        profile.carts = b""

    def pass_time(self, key: str, profile: Profile, watermark: int) -> int | None:
        """Walk the profile up to W; when it wants to be woken next, None if nothing waits."""
        episodes, waiting = len(profile.person.episodes), waiting_facts(profile)
        walk(self._case(key, profile, watermark), profile, watermark, self._tell)
        self.count(len(profile.person.episodes) - episodes, waiting_facts(profile) - waiting)
        return wakes(profile)

    def _case(self, key: str, profile: Profile, at: int) -> Case:
        self._at_hand = key
        return Case(
            key,
            profile,
            self.in_force,
            self.opened,
            self.blasts,
            self.effects,
            at=at,
            now=max(self.now, at),
            traffic=self._traffic,
            shop=self._shop,
        )

    def _tell(self, key: str, fact: Fact) -> None:
        """Tell another profile, unless the fact is larger than a record may be: then whoever tells it is put aside."""
        if len(tell(self.effects, key, fact)) > self._record_bytes_max:
            self.too_large[self._at_hand] = self.effects.told[key].pop()
