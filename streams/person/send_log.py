"""What a person was sent: one log, by which cool-downs and caps are counted, and exit intents once a session.

A trigger that has fired is on its way, and counts from when it was judged. Once it is delivered it counts from then on;
what was taken back, or ended without having been delivered, counts no more. Where nobody sends receipts, what was fired
counts as delivered when it was judged, also if it is taken back later. `Person.fired` holds what can still be taken
back, the shelf of dealings what must be known for longer.
"""

from collections.abc import Collection

from schemas.outcomes.deliveries import DeliveryState
from schemas.rules.policy import CAP_PER_MAX_MS
from schemas.state.person import Fired, Person
from schemas.state.shelves import Send, Spoke
from streams.person.shelves import dealings_of, own_dealings

DELIVERED = DeliveryState.DELIVERED.value


def is_released(fired: Fired) -> bool:
    """Whether the trigger reached nobody and never will: then it is as if the rule had not spoken."""
    return fired.settled and not fired.delivered


def commit(fired: Fired, state: str, at: int) -> None:
    """The dispatcher's last word on the trigger, of that time, ms."""
    fired.settled = True
    if state == DELIVERED and not fired.delivered:
        fired.delivered, fired.at = True, at


def heard_at(person: Person, rule_id: str) -> int | None:
    """When the rule's last trigger was sent that was delivered or is on its way; None if there is none."""
    spoke = dealings_of(person).spoke.get(rule_id)
    if spoke is None:
        return None
    times = [fired.at for fired in person.fired if fired.rule_id == rule_id and not is_released(fired)]
    return max([spoke.at, *times]) or None


def spoken_of(person: Person, rule_id: str, anchor: int, at: int = 0) -> None:
    """The rule has spoken of that anchor; `at` that time, if that is not kept otherwise."""
    spoke = own_dealings(person).spoke.setdefault(rule_id, Spoke(anchor))
    spoke.anchor, spoke.at = max(spoke.anchor, anchor), max(spoke.at, at)


def sent(person: Person, since: int, now: int, channel: str | None, category: str | None) -> list[int]:
    """When the person was sent something in (since, now], in order: on that channel and of that category, None for
    any. What was answered on the spot later than `now` is left out; what was delivered later is not."""
    times = [
        one.at
        for one in dealings_of(person).sends
        if one.at > since and channel in (None, one.channel) and category in (None, one.category)
    ]
    for fired in person.fired:
        is_ahead = fired.anchor == fired.due > now
        counts = fired.at > since and not is_ahead and not is_released(fired) and not fired.shadow
        if counts and channel in (None, fired.channel) and category in (None, fired.category):
            times.append(fired.at)
    return sorted(times)


def let_go(person: Person, gone: Collection[Fired]) -> None:
    """Keep no more of these triggers than when they were sent."""
    for fired in gone:
        if not is_released(fired):
            spoken_of(person, fired.rule_id, fired.anchor, fired.at)
            if not fired.shadow:
                own_dealings(person).sends.append(Send(fired.at, fired.channel, fired.category))
    if person.dealings is not None:
        person.dealings.sends.sort(key=_at)
    ids = {fired.trigger_id for fired in gone}
    person.fired = [fired for fired in person.fired if fired.trigger_id not in ids]


def forget_sends(person: Person, watermark: int) -> None:
    """Drop what was sent so long ago that no cap looks back to it."""
    sends = dealings_of(person).sends
    if sends and sends[0].at + CAP_PER_MAX_MS <= watermark:
        own_dealings(person).sends = [one for one in sends if one.at + CAP_PER_MAX_MS > watermark]


def join_sends(person: Person, joining: Person) -> None:
    """Two become one: what both were sent counts."""
    if dealings_of(joining).sends:
        own = own_dealings(person)
        own.sends = sorted((*own.sends, *dealings_of(joining).sends), key=_at)
    for rule_id, spoke in dealings_of(joining).spoke.items():
        spoken_of(person, rule_id, spoke.anchor, spoke.at)


def _at(one: Send) -> tuple[int, str, str]:
    return one.at, one.channel, one.category
