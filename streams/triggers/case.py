"""One person's case at one moment of stream time: where detectors arm episodes and verdicts become records."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace
from mypy_extensions import mypyc_attr

from schemas.facts.profile_facts import CLICK
from schemas.ids import is_stand_in
from schemas.outcomes.decisions import Evidence, Reason, Verdict
from schemas.outcomes.outcome_records import DecisionRecord, FiredRecord
from schemas.outcomes.triggers import TriggerCancelled
from schemas.rules.base import RuleBase
from schemas.rules.timed import WaitingRule
from schemas.state.cart import Cart
from schemas.state.person import Episode, Fired, ends_with_a_purchase
from schemas.state.profile import CUSTOMER, VISITOR, Profile
from streams.cloud_events import cancelled_record, decision_record, fired_record
from streams.intake.traffic import EVERYBODY, Traffic
from streams.person.carts import trigger_lines, value_of
from streams.person.person_limits import few_fired, few_sends, few_spoke, fit_cart
from streams.person.send_log import spoken_of
from streams.person.shelves import presence_of
from streams.person.waiting import place_of, rings_at
from streams.policy.blasts import Blasts
from streams.policy.outcomes import Deferred, Refused
from streams.profiles.profile import ordered_at, payment_awaited_since
from streams.shop import ANY_SHOP, Shop
from streams.stage import Effects
from streams.triggers.in_force import InForce
from streams.triggers.messages import message_of
from streams.triggers.occasions import NOTHING_SAID, begun, sent
from streams.triggers.opening_rules import OpeningRules
from streams.triggers.restore_links import restore_url_of
from streams.triggers.rule_conditions import FAILED
from streams.triggers.spoken import has_spoken, trigger_id_of


@mypyc_attr(acyclic=True, free_list_len=1)
class Case:
    """A profile's person together with what a verdict needs to know: the rulebook `in_force`, the rules by which
    episodes were `opened`, how many triggers the partition has let out (`blasts`), stream time `at` (W, ms), the
    broker's clock `now` (ms). What is folded while `arms` is False arms nothing: it tells of
    long ago. `traffic` knows whom the shop does not count, `shop` what else its settings say."""

    __slots__ = (
        *("arms", "at", "blasts", "effects", "in_force", "key"),
        *("now", "opened", "person", "profile", "rulebook", "shop", "traffic"),
    )

    def __init__(
        self,
        key: str,
        profile: Profile,
        in_force: InForce,
        opened: OpeningRules,
        blasts: Blasts,
        effects: Effects,
        *,
        at: int,
        now: int,
        traffic: Traffic = EVERYBODY,
        shop: Shop = ANY_SHOP,
    ) -> None:
        self.key = key
        self.profile = profile
        self.person = profile.person
        self.in_force = in_force
        self.rulebook = in_force.rulebook
        self.opened = opened
        self.blasts = blasts
        self.effects = effects
        self.at = at
        self.now = now
        self.arms = True
        self.traffic = traffic
        self.shop = shop

    def episode(self, rule: RuleBase, same: str = "") -> Episode | None:
        """The rule's episode that waits for its first step, where it has at most one, or one for that value."""
        rule_id = rule.id
        for one in self.person.episodes:
            if one.rule_id == rule_id and one.same == same and one.step == 1:
                return one
        return None

    def waiting(self, rule: RuleBase, same: str | None = None) -> list[Episode]:
        """All of the rule's episodes, or those of that value, whatever step they wait for."""
        if not self.person.episodes:
            return []
        rule_id = rule.id
        own = [episode for episode in self.person.episodes if episode.rule_id == rule_id]
        return own if same is None else [episode for episode in own if episode.same == same]

    def arm(
        self,
        rule: WaitingRule,
        anchor: int,
        event_id: str,
        origin: str,
        visitor: str | None,
        *,
        start: int | None = None,
        products: tuple[str, ...] = (),
        several: bool = False,
        class_: int = CLICK,
        same: str = "",
        said: dict[str, Any] = NOTHING_SAID,
        was: int = 0,
    ) -> None:
        """Let the rule wait from `anchor` on; the later anchor stays, of each value if there is one (`same`), unless
        the rule may wait for `several`. A purchase from `start` on, the anchor if nothing is said, makes it wrong.
        An anchor of which the rule has fired already (a late fact's) arms nothing, whatever became of the trigger; nor
        does what a suspected visitor does.
        """
        person, due, start = self.person, anchor + rule.first_wait, anchor if start is None else start
        if not self.arms or visitor in presence_of(person).suspected:
            return
        episode = begun(rule, anchor, due, event_id, origin, visitor, start, products, several, class_, same, said, was)
        if has_spoken(person, episode):
            return
        waiting = None if several else self.episode(rule, same)
        if waiting is not None and place_of(waiting) > place_of(episode):
            return
        if waiting is not None:
            person.episodes.remove(waiting)
        if rule.steps and not several:
            for run in self.waiting(rule, same):
                self.end(run, Reason.BEGAN_ANEW)
        person.episodes.append(episode)

    def end(self, episode: Episode, reason: Reason) -> None:
        """The episode is over before it was due."""
        self.person.episodes.remove(episode)
        self._decide(Verdict.ENDED, reason, episode)

    def ended(self, episode: Episode, reason: Reason) -> None:
        """The episode is over before it was due, and is not among the waiting ones any more."""
        self._decide(Verdict.ENDED, reason, episode)

    def suppress(self, episode: Episode, reason: Reason) -> None:
        """The episode was due, and something speaks against it. It is not among the waiting ones any more."""
        self._decide(Verdict.SUPPRESSED, reason, episode)

    def refuse(self, episode: Episode, refused: Refused) -> bool:
        """Policy refuses the episode, which is not among the waiting ones any more. What is held out counts for the
        rule as if it had been sent; whether it is that."""
        if refused.reason is Reason.CONDITION and refused.evidence:
            self.effects.count(FAILED, "if")
        held_out = refused.reason is Reason.HOLDOUT
        if held_out:
            spoken_of(self.person, episode.rule_id, episode.anchor, rings_at(episode))
            few_spoke(self.person, self.effects.cut)
        verdict = Verdict.HELD_OUT if held_out else Verdict.SUPPRESSED
        self._decide(verdict, refused.reason, episode, evidence=refused.evidence)
        return held_out

    def put_off(self, episode: Episode, deferred: Deferred) -> None:
        """Policy lets the episode wait until it is judged afresh."""
        assert deferred.until > rings_at(episode), "what is put off until now would be judged for ever"
        self.person.episodes.append(replace(episode, until=deferred.until))
        self._decide(Verdict.DEFERRED, deferred.reason, episode, until_ms=deferred.until, evidence=deferred.evidence)

    def fire(
        self,
        episode: Episode,
        rule: RuleBase,
        *,
        channel: str,
        of_device: bool,
        about: str,
        cart: Cart,
        shallower: Sequence[Episode] = (),
    ) -> None:
        """Emit the trigger, which shows that cart; the `shallower` stages that wait are over. A
        purchase that is known already takes the trigger back in the same breath: with `of_device` also somebody else's
        on the person's device, and an order whose payment is open. A shadow's trigger goes nowhere, and counts as
        delivered."""
        person = self.person
        fit_cart(cart, self.effects.cut)
        id_, rings = trigger_id_of(episode), rings_at(episode)
        (value, currency), viewed = value_of(cart), episode.products or person.viewed
        expires = None if rule.expires_after is None else episode.due + rule.expires_after
        trigger = FiredRecord(
            trigger_id=id_,
            kind=episode.kind,
            rule_id=rule.id,
            rule_version=episode.rule_version,
            step=episode.step,
            destination=rule.destination,
            profile=self.key,
            visitor_id=self.shown_visitor(episode.visitor),
            customer_id=self.customer,
            anchor_ms=episode.anchor,
            due_ms=episode.due,
            fired_at_ms=max(self.at, rings),
            expires_at=expires,
            lines=trigger_lines(cart),
            value=None if value is None else str(value),
            currency=currency,
            viewed=viewed,
            channel=channel or None,
            message=message_of(rule, episode, cart, viewed, self.restore_url, person, about),
            about=about,
        )
        if rule.shadow:
            self._decide(Verdict.WOULD_HAVE_FIRED, Reason.DUE, episode, id_=id_)
        else:
            self.effects.outputs.append(fired_record(self.key, trigger))
            latency = max(0, self.now - rings) / 1000
            self.effects.observed.append(("trigger_latency_seconds", episode.kind, latency))
            self._decide(Verdict.FIRED, Reason.DUE, episode, id_=id_)
        for over in shallower:
            self.end(over, Reason.DEEPER_STAGE)
        spoken_of(person, rule.id, episode.anchor)
        fired = sent(episode, rule, id_, self.key, trigger.fired_at_ms, channel, receipts=self.shop.receipts)
        person.fired.append(fired)
        few_fired(person, self.effects.cut)
        few_sends(person, self.effects.cut)
        few_spoke(person, self.effects.cut)
        if ends_with_a_purchase(fired) and self.ordered_at(of_device) > episode.anchor:
            self.cancel(fired, Reason.ORDERED)
        elif of_device and payment_awaited_since(self.profile) >= fired.start:
            self.cancel(fired, Reason.PAYMENT_PENDING)

    def cancel(self, fired: Fired, reason: Reason) -> None:
        """Take a fired trigger back, once: same id, same Kafka key."""
        if fired.cancelled:
            return
        fired.cancelled = fired.settled = True
        record = TriggerCancelled(
            trigger_id=fired.trigger_id,
            kind=fired.kind,
            rule_id=fired.rule_id,
            profile=fired.key,
            reason=reason.value,
            cancelled_at_ms=max(self.at, fired.fired_at),
        )
        self.effects.outputs.append(cancelled_record(fired.key, record))
        self._decide(Verdict.CANCELLED, reason, fired, at=record.cancelled_at_ms)

    def _decide(
        self,
        verdict: Verdict,
        reason: Reason,
        of: Episode | Fired,
        *,
        at: int | None = None,
        until_ms: int | None = None,
        evidence: Evidence | None = None,
        id_: str | None = None,
    ) -> None:
        """Write the verdict down. `id_` is the trigger's id where it is known: to derive it is what costs most."""
        counts, name = self.effects.counts, ("decisions", verdict, of.kind, reason)
        counts[name] = counts.get(name, 0) + 1
        if id_ is None:
            id_ = of.trigger_id if isinstance(of, Fired) else trigger_id_of(of)
        self.effects.outputs.append(
            decision_record(
                DecisionRecord(
                    verdict=verdict,
                    reason=reason,
                    kind=of.kind,
                    rule_id=of.rule_id,
                    rule_version=of.rule_version,
                    profile=self.key,
                    visitor_id=self.shown_visitor(of.visitor),
                    customer_id=self.customer,
                    anchor_ms=of.anchor,
                    due_ms=of.due,
                    at_ms=self.at if at is None else at,
                    trigger_id=id_,
                    step=of.step,
                    until_ms=until_ms,
                    evidence=evidence or {},
                )
            )
        )

    def ordered_at(self, others: bool) -> int:
        """When the last purchase known was, be it only from the backlog, ms; 0 for never. With `others` also somebody
        else's on the person's device."""
        return ordered_at(self.profile, others=others)

    def restore_url(self, due: int) -> str | None:
        """Where the person's cart comes back, for a trigger that was due at `due`, ms: where the feed says, else by the
        shop's template; None if neither says."""
        return restore_url_of(self.person, self.key, self.shop.links, due)

    @property
    def customer(self) -> str | None:
        """The customer that the person is, if somebody knows."""
        return self.key[2:] if self.key.startswith(CUSTOMER) else None

    def shown_visitor(self, visitor: str | None) -> str | None:
        """The visitor as triggers and decisions show it: never one that only stands in for the customer."""
        shown = self.key[2:] if self.key.startswith(VISITOR) else visitor
        return None if shown is None or is_stand_in(shown) else shown
