"""The rulebook: what marketers own. One YAML file, checked whole before it counts; an invalid one is refused."""

import hashlib
import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from functools import cached_property
from typing import Annotated, Literal, NamedTuple, Self

import orjson
from pydantic import Field, model_validator

from schemas.rules.base import OfACart, Path, Section
from schemas.rules.events import BECOMES
from schemas.rules.groups import Bgnbd, ChurnRisk, Group, Groups, OfAGroup
from schemas.rules.kinds import Rule
from schemas.rules.policy import Cap, Consent, Holdout, QuietHours, Zone
from schemas.rules.timed import TimedRule, WaitingRule
from schemas.rules.words import DAY_MS, MINUTE_MS, Currency, Duration, DurationOrOff, Pause, duration_words

CartMerge = Literal["add", "max", "replace"]

CART_MERGES: dict[CartMerge, str] = {
    "add": "what was in both carts is in the cart",
    "max": "of each product the larger quantity of both carts is in the cart",
    "replace": "the cart that changed last is the cart, and the other one is dropped",
}
"""What becomes of two carts that meet, in words."""

OF_GROUPS = re.compile(r"\.\s*(segment|stage|tier)\b")
"""How a condition asks what the person is. It may find one that does not: that costs looks, and changes nothing."""


class Misplaced(ValueError):
    """What is wrong with a rulebook as a whole, and the `path` to the part that would mend it."""

    def __init__(self, sentence: str, path: Path) -> None:
        super().__init__(sentence)
        self.path = path


class Rulebook(Section):
    """All rules of a shop, and what governs them together. `currency` is that of the amounts which name none. The
    payment of an order that is open is waited for as long as its record says, else for `payment_wait`; if that is off,
    such an order is none until it is paid. `cart_merge` says what becomes of two carts where a visitor turns out to be
    a customer. An unknown visitor is forgotten `retention` after the last fact or timer, a customer
    `customer_retention` after. Local times are of `zone` where a person's own is not known. Triggers of one
    person that are due within `settle` are one choice: one of them goes, the others are dropped, or deferred by `gap`;
    without either, and without a priority in any rule, all go. `segments` are independent of each other, of `stages`
    and `tiers` the first that holds counts; whoever is in one of `excluded_segments` hears no marketing. `bgnbd` are
    the parameters of P(alive)."""

    name: str
    currency: Currency = None
    session_gap: Duration = 30 * MINUTE_MS
    session_max: DurationOrOff = DAY_MS
    ladder: bool = True
    payment_wait: DurationOrOff = 60 * MINUTE_MS
    cart_merge: CartMerge = "add"
    consent: Consent = "opt_out"
    already_converted: bool = True
    retention: Duration = 30 * DAY_MS
    customer_retention: Duration = 1825 * DAY_MS
    zone: Zone = "UTC"
    holdout: Holdout | None = None
    quiet_hours: tuple[QuietHours, ...] = ()
    caps: tuple[Cap, ...] = ()
    settle: Pause = None
    gap: DurationOrOff = None
    bgnbd: Bgnbd | None = None
    segments: Groups = ()
    stages: Groups = ()
    tiers: Groups = ()
    excluded_segments: tuple[str, ...] = ()
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _rules_fit_together(self) -> Self:
        ids = [rule.id for rule in self.rules]
        twice = next((id_ for place, id_ in enumerate(ids) if id_ in ids[:place]), None)
        if twice is not None:
            place = len(ids) - 1 - ids[::-1].index(twice)
            sentence = f"two rules have the id {twice!r}; ids are part of trigger ids and must differ"
            raise Misplaced(sentence, ("rules", place, "id"))
        for place, rule in enumerate(self.rules):
            if isinstance(rule, WaitingRule) and rule.since_visit and rule.wait < self.session_gap:
                sentence = (
                    f"rule {rule.id!r} waits less than the session gap; "
                    "a session is not known to be over before, so wait at least as long"
                )
                raise Misplaced(sentence, ("rules", place, "wait"))
        if self.session_max is not None and self.session_max < self.session_gap:
            raise Misplaced("session_max is shorter than session_gap", ("session_max",))
        return self

    @model_validator(mode="after")
    def _groups_are_there(self) -> Self:
        known = {name: [group.id for group in groups] for name, groups in self._groups().items()}
        for name, ids in known.items():
            twice = next((id_ for place, id_ in enumerate(ids) if id_ in ids[:place]), None)
            if twice is not None:
                place = len(ids) - 1 - ids[::-1].index(twice)
                raise Misplaced(
                    f"two {name}s have the id {twice!r}; a person is told apart by them", (f"{name}s", place, "id")
                )
        asked: list[tuple[Path, str, str, str]] = [
            (("excluded_segments", place), f"excluded_segments names {id_!r}", "segment", id_)
            for place, id_ in enumerate(self.excluded_segments)
        ]
        for place, rule in enumerate(self.rules):
            at = ("rules", place)
            if isinstance(rule, ChurnRisk) and self.bgnbd is None:
                sentence = f"rule {rule.id!r} needs bgnbd; `afterclick segments fit` estimates it from orders"
                raise Misplaced(sentence, at)
            for wrong in _of_groups_that_are_none(rule, [of for of in known if not known[of]]):
                raise Misplaced(wrong.sentence, (*at, *wrong.path))
            if isinstance(rule, OfAGroup) and rule.group is not None:
                who = f"rule {rule.id!r} names the {rule.of} {rule.group!r}"
                asked.append(((*at, rule.of), who, rule.of, rule.group))
        for path, who, of, id_ in asked:
            if id_ not in known[of]:
                near = get_close_matches(id_, known[of], n=1)
                mend = f"did you mean {near[0]!r}?" if near else f"write it under {of}s"
                raise Misplaced(f"{who}, which the rulebook does not have; {mend}", path)
        return self

    def _groups(self) -> dict[str, tuple[Group, ...]]:
        return {"segment": self.segments, "stage": self.stages, "tier": self.tiers}

    @cached_property
    def looks(self) -> bool:
        """Whether anything asks what a person becomes: then each is looked at, with every fact and once a day."""
        return bool(self.excluded_segments) or any(
            rule.looks
            or any(ask.event in BECOMES for ask in rule.asks)
            or any(OF_GROUPS.search(text) for _, text in rule.ifs)
            for rule in self.rules
        )

    @cached_property
    def groups_version(self) -> str:
        """The first 12 hex digits of the SHA-256 of all that says who is who."""
        said = {name: [(one.id, one.condition) for one in groups] for name, groups in self._groups().items()}
        shop = None if self.bgnbd is None else self.bgnbd.model_dump(mode="json")
        canonical = orjson.dumps([said, shop, self.currency], option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(canonical).hexdigest()[:12]

    @model_validator(mode="after")
    def _amounts_are_in_a_currency(self) -> Self:
        def of_the_shop(rule: Rule) -> Rule:
            bare = isinstance(rule, OfACart) and rule.currency is None and rule.min_cart_value > 0
            return rule.model_copy(update={"currency": self.currency}) if bare else rule

        self.__dict__["rules"] = tuple(of_the_shop(rule) for rule in self.rules)  # frozen for all others
        return self

    @cached_property
    def cautions(self) -> tuple[str, ...]:
        """What is allowed, and most likely not meant: a sentence each, with its mend."""
        return (*self._amounts_of_no_currency(), *self._channels_of_no_rule(), *self._never_spoken())

    def _never_spoken(self) -> Iterator[str]:
        """Steps that would come after the deadline of their run, and rules that expire while they wait for others."""
        for rule in self.rules:
            if not isinstance(rule, TimedRule):
                continue
            if rule.deadline is not None and rule.shortest_wait >= rule.deadline:
                yield (
                    f"rule {rule.id!r}: its last step would come after {duration_words(rule.shortest_wait)}, and never "
                    f"does: the deadline is after {duration_words(rule.deadline)}; write a later one, or take the step "
                    "out"
                )
            if rule.shadow or self.settle is None or rule.expires_after is None:
                continue  # a shadow waits for nobody
            if rule.expires_after <= self.settle:
                yield (
                    f"rule {rule.id!r} never speaks: settle lets it wait for {duration_words(self.settle)}, and it "
                    f"expires after {duration_words(rule.expires_after)}; write a longer expires_after, or a shorter "
                    "settle"
                )

    def _amounts_of_no_currency(self) -> Iterator[str]:
        return (
            f"rule {rule.id!r}: min_cart_value {rule.min_cart_value} names no currency, so no cart that names one "
            f"meets it; write {rule.min_cart_value} EUR, or `currency: EUR` at the top of the rulebook"
            for rule in self.rules
            if isinstance(rule, OfACart) and rule.currency is None and rule.min_cart_value > 0
        )

    @cached_property
    def channels(self) -> tuple[str, ...]:
        """The channels that it names anywhere but in conditions."""
        own = [channel for rule in self.rules for channel in rule.channels]
        return tuple(dict.fromkeys([*own, *(channel for _, channel in self._channels_of_policy())]))

    def _channels_of_policy(self) -> Iterator[tuple[str, str]]:
        """Those that are named for all rules, each with where."""
        named = [("quiet_hours", window.channel) for window in self.quiet_hours]
        named += [("caps", cap.channel) for cap in self.caps]
        named += [("consent", channel) for channel in self.consent if isinstance(self.consent, dict)]
        return ((where, channel) for where, channel in named if channel is not None)

    def _channels_of_no_rule(self) -> Iterator[str]:
        known = {channel for rule in self.rules for channel in rule.channels}
        for where, channel in dict.fromkeys(self._channels_of_policy()):
            if channel not in known:
                near = get_close_matches(channel, known, n=1)
                mend = f"write `channel: {channel}` in the rules that it is meant for"
                mend = f"did you mean {near[0]!r}?" if near else mend
                yield f"{where} names the channel {channel!r}, which no rule has, so it concerns none; {mend}"

    @property
    def asks_for_consent(self) -> bool:
        """Whether anything is refused for want of consent, or taken back."""
        return self.consent != "ignore"

    def consent_on(self, channel: str) -> str:
        """What the channel needs: `opt_out` unless it says otherwise."""
        return self.consent.get(channel, "opt_out") if isinstance(self.consent, dict) else "opt_out"

    @cached_property
    def arbitrates(self) -> bool:
        """Whether of a person's triggers that are due at once only one goes."""
        return self.settle is not None or self.gap is not None or any(rule.priority is not None for rule in self.rules)

    @cached_property
    def canonical(self) -> bytes:
        """The rulebook as JSON, which says all defaults: equal rulebooks have equal bytes."""
        return orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)

    @cached_property
    def version(self) -> str:
        """The first 12 hex digits of the SHA-256 of that: it changes when anything in the rulebook does."""
        return hashlib.sha256(self.canonical).hexdigest()[:12]

    @cached_property
    def by_id(self) -> dict[str, Rule]:
        """The rules by their ids."""
        return {rule.id: rule for rule in self.rules}


class _Wrong(NamedTuple):
    sentence: str
    path: Path


def _of_groups_that_are_none(rule: Rule, none: Collection[str]) -> Iterator[_Wrong]:
    """How the rule is about segments, stages or tiers of which the rulebook has `none`."""
    if isinstance(rule, OfAGroup) and rule.of in none:
        yield _Wrong(f"rule {rule.id!r} is about {rule.of}s, and the rulebook has none; write {rule.of}s", ())
    for ask in rule.asks:
        of = BECOMES.get(ask.event)
        if of in none:
            yield _Wrong(
                f"rule {rule.id!r} names {ask.event}, and the rulebook has no {of}s; write {of}s", ask.path[:1]
            )
