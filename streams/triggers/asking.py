"""What the rules of a rulebook ask of events: only events with these names travel from the first stage, and of them
only these fields. A click that no rule asks for costs one look at an empty table."""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from schemas.events.clicks import ClickType
from schemas.events.engagements import Engagement
from schemas.events.orders import Order
from schemas.events.plain_clicks import AnyClick
from schemas.facts.profile_facts import Fact, Happened, OrderPlaced, TraitsTold
from schemas.rules.base import RuleBase
from schemas.rules.calendar import CalendarRule
from schemas.rules.events import CUSTOM, PURCHASE
from schemas.rules.rulebook import Rulebook
from streams.person.responses import NAMES
from streams.person.traits import TIMEZONE
from streams.stage import Effects
from streams.time.local_time import zone_named
from streams.triggers.conditions.condition import Condition, asked_of
from streams.triggers.event_fields import FIELDS_BYTES_MAX, OfEvent, Said, fit, held, said_of
from streams.triggers.kinds import asks_for_carts
from streams.triggers.rule_conditions import FAILED, TRAIT, conditions_of, groups_of, of_event, of_events
from streams.visits.visit_zones import note_zone
from streams.visits.visitors import Visit


class Asked(NamedTuple):
    """What is asked of one event: the paths of its fields, and what has to hold of it, one of these at least; None if
    nothing has to."""

    paths: tuple[str, ...]
    wheres: tuple[Condition, ...] | None
    viewed: bool = False


class Asking:
    """The events that rules ask for, by name. `clicks` has the types of the clicks among them. `of_traits` if rules ask
    what persons tell of themselves, or in which time zone they are; `of_carts` if they ask for carts."""

    def __init__(self, rulebook: Rulebook | None, others: Iterable[RuleBase] = ()) -> None:
        """`others` are rules that ask beside those of the rulebook: versions of before that go on for some persons."""
        rules = () if rulebook is None else (*rulebook.rules, *others)
        self._events = asked_by(rules)
        self._traits = traits_asked_by(rules, () if rulebook is None else groups_of(rulebook).conditions())
        self._zone = rulebook is not None and asks_for_zones(rulebook, rules)
        if self._zone and self._traits is not None:
            self._traits |= {TIMEZONE}
        self.of_carts = asks_for_carts(rules)
        self.of_traits = self._traits is None or bool(self._traits)
        self.clicks = frozenset(
            kind
            for kind in ClickType
            if kind in self._events
            or (kind is ClickType.CUSTOM and any(one.startswith(CUSTOM) for one in self._events))
        )
        self.purchases = self._events[PURCHASE].paths if PURCHASE in self._events else ()

    def of_click(self, click: AnyClick, at: int, visit: Visit | None, effects: Effects) -> Happened | None:
        """What rules hear of a click whose type is among those asked for, at its time; None if nothing."""
        name = f"{CUSTOM}{click.name or ''}" if click.type is ClickType.CUSTOM else click.type.value
        asked = self._events.get(name)
        if asked is None:
            return None
        said = said_of(click, at, asked.paths, effects.cut)
        if not is_wanted(asked, OfEvent(said), effects):
            return None
        viewed = tuple(visit.products) if asked.viewed and visit is not None else ()
        return Happened(at, click.event_id, click.visitor_id, name, on_site=True, said=said, viewed=viewed)

    def traits_of(self, click: AnyClick, at: int, visit: Visit | None, effects: Effects) -> list[Fact]:
        """What a click says of the person, at its time, in its visit if that is open, as far as rules ask for it: the
        traits with it, and its time zone where that is news. It may make news of the zone of the click behind it."""
        traits = self._said_traits(click, effects)
        said: Any = (click.context or {}).get(TIMEZONE) if self._zone else None
        zone = zone_named(said) or ""
        news = note_zone(visit, at, click.event_id, zone) if zone and visit is not None else []
        facts: list[Fact] = []
        own = (at, click.event_id, zone)
        if traits or own in news or (zone and visit is None):
            facts.append(TraitsTold(at, click.event_id, click.visitor_id, traits, zone))
        facts += [TraitsTold(*one[:2], click.visitor_id, zone=one[2]) for one in news if one != own]
        return facts

    def _said_traits(self, click: AnyClick, effects: Effects) -> Said:
        said = click.traits
        if not said:
            return {}
        names = sorted(name for name in said if self._traits is None or name in self._traits)
        told = {name: value for name in names if (value := held(said[name])) is not None}
        fit(told, FIELDS_BYTES_MAX, effects.cut)
        return told

    def of_record(self, record: Order | Engagement, at: int, effects: Effects) -> Happened | None:
        """The same of a record of the back office."""
        asked = self._events.get(record.type.value)
        if asked is None:
            return None
        said = said_of(record, at, asked.paths, effects.cut)
        if not is_wanted(asked, OfEvent(said), effects):
            return None
        return Happened(at, record.event_id, record.visitor_id, record.type.value, on_site=False, said=said)

    def tell_purchase(self, placed: Fact, record: Order | AnyClick, effects: Effects) -> None:
        """Let the purchase, which nobody has seen yet, say what rules ask of purchases."""
        if self.purchases:
            assert isinstance(placed, OrderPlaced)
            placed.said = said_of(record, placed.at, self.purchases, effects.cut)


def is_wanted(asked: Asked, event: OfEvent, effects: Effects) -> bool:
    """Whether the event is one that some rule asks for; what cannot be judged is counted, and is none."""
    if asked.wheres is None:
        return True
    for where in asked.wheres:
        held, failure = where.judge(event)
        if held:
            return True
        if failure is not None:
            effects.count(FAILED, "where")
    return False


def asked_by(rules: Collection[RuleBase]) -> dict[str, Asked]:
    """What the rules ask, by the names of the events."""
    paths: dict[str, set[str]] = {}
    wheres: dict[str, list[Condition | None]] = {}
    viewed = {ask.event for rule in rules for ask in rule.asks if ask.viewed}
    for rule in rules:
        for event in rule.responses:
            paths.setdefault(event, set()).update(NAMES)
            wheres.setdefault(event, []).append(None)
        conditions = conditions_of(rule)
        for ask, where in zip(rule.asks, conditions.wheres, strict=True):
            own = paths.setdefault(ask.event, set())
            own |= ask.fields
            own |= of_event(where)
            if ask.anchors:
                own |= of_events(conditions)
            wheres.setdefault(ask.event, []).append(where)
    return {
        event: Asked(
            _outermost(own), None if None in wheres[event] else tuple(filter(None, wheres[event])), event in viewed
        )
        for event, own in paths.items()
    }


def traits_asked_by(rules: Iterable[RuleBase], groups: Iterable[Condition] = ()) -> frozenset[str] | None:
    """The names of the traits that the rules, and the conditions of `groups`, ask for; None if one asks for all."""
    names: set[str] = set()
    conditions = list(groups)
    for rule in rules:
        names |= rule.traits
        conditions += conditions_of(rule).ifs.values()
    for condition in conditions:
        asked = asked_of(condition)
        if TRAIT.removesuffix(".") in asked:
            return None
        names |= {path.removeprefix(TRAIT).split(".")[0] for path in asked if path.startswith(TRAIT)}
    return frozenset(names)


def asks_for_zones(rulebook: Rulebook, rules: Iterable[RuleBase]) -> bool:
    """Whether anything goes by the persons' own clocks."""
    return bool(rulebook.quiet_hours) or any(isinstance(rule, CalendarRule) for rule in rules)


def _outermost(paths: set[str]) -> tuple[str, ...]:
    """Without those within another."""
    return tuple(sorted(one for one in paths if not any(one.startswith(f"{other}.") for other in paths)))
