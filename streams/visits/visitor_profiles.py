"""The profiles of a partition's visitors, and when each of them wants to be woken."""

from collections.abc import Iterable
from functools import partial

from schemas.facts.product_facts import VisitorForgotten
from schemas.facts.profile_facts import ErasureAsked, Fact
from schemas.state.profile import VISITOR, Profile
from streams.profiles.identity import was_customers
from streams.profiles.people import People
from streams.profiles.profile import summary, wakes
from streams.profiles.profile_record import decode
from streams.profiles.profiles import summary_of, woken
from streams.profiles.walk import back_at, expires_at, is_over, wake_at
from streams.profiles.wishes import is_granted, whose_visits
from streams.records import tell_products
from streams.stage import ALIVE_AT_A_TIME
from streams.time.due_index import DueIndex
from streams.triggers.standing import next_look
from streams.visits.told import Told
from streams.visits.visitor_record import rest
from streams.visits.visitors import Visitor, forget
from streams.visits.visits import Visits


def live(visitor: Visitor) -> Profile:
    """The visitor's profile as a live object; a new one where there is none yet."""
    held = visitor.profile
    if not isinstance(held, Profile):
        held = visitor.profile = Profile() if held is None else decode(held)
    return held


class VisitorProfiles:
    """What `people` does with the profiles that lie in the records of `visits`."""

    def __init__(self, visits: Visits, people: People, products: int) -> None:
        """`products` is how many partitions of products there are, which hear of erasures."""
        self._products = products
        self._visits = visits
        self._people = people
        self._due: DueIndex[bytes] = DueIndex()

    @property
    def next_due(self) -> int | None:
        """The earliest time at which any profile wants to be woken; it may have moved since."""
        return self._due.first

    def hear(self, key: bytes, facts: Iterable[Fact], reached: int) -> None:
        """Take facts into the visitor's profile, in the order in which they came; `reached` is the W it decides by."""
        visitors = self._visits.visitors
        visitor = visitors.get(key)
        if visitor is None and key in self._visits.aside:
            self._visits.visitors.changed.append(key)
            self._people.hear(VISITOR + key.decode(), self._visits.aside.heard(key), facts, reached)
            return
        if visitor is None:
            visitor = Visitor()
        self._visits.visitors.touch(key, visitor)
        profile = live(visitor)
        for fact in facts:
            if type(fact) is ErasureAsked and not is_granted(profile, fact):
                forget(visitor, fact.at, partial(was_customers, profile, whose_visits(profile, fact)))
                gone = VisitorForgotten(fact.at, fact.event_id, key.decode())
                tell_products(self._people.effects, self._products, gone)
        self._people.hear(VISITOR + key.decode(), profile, facts, reached)
        self.arm(key, visitor, wakes(profile))

    def rest(self, told: Told) -> None:
        """Of many who have just heard that only the records are kept, at once and not with the turn's end."""
        if len(told) >= ALIVE_AT_A_TIME:
            for key in told:
                if (visitor := self._visits.visitors.get(key)) is not None:
                    rest(visitor)

    def pass_time(self, watermark: int) -> None:
        """Facts and timers of which W has passed the time, and visitors who are to be forgotten."""
        if self._due.first is None or self._due.first >= watermark:
            return
        visits = self._visits
        for number, key in enumerate(self._due.due(watermark), 1):
            visitor = visits.visitors.get(key)
            if visitor is None:
                self._pass_time_aside(key, watermark)
                continue
            first = woken(visitor.profile)
            at = self._wake_at(key, visitor, first)
            if at is not None and at < watermark:
                visits.visitors.touch(key, visitor)
                if first is None and self._is_over(key, visitor):
                    self._people.carts.forget(VISITOR + key.decode(), summary_of(visitor.profile).carts)
                    visits.visitors.drop(key)
                    continue
                first = self._people.pass_time(VISITOR + key.decode(), live(visitor), watermark)
            self.arm(key, visitor, first)
            if number >= ALIVE_AT_A_TIME:
                rest(visitor)

    def arm(self, key: bytes, visitor: Visitor, first: int | None) -> None:
        """Wake the visitor's profile, of which that is the first waiting time; None if nothing waits."""
        at = self._wake_at(key, visitor, first)
        if at is not None:
            self._due.arm(key, at)

    def arm_all(self) -> None:
        """Wake everybody when it is time by today's rulebook: a shorter retention counts."""
        for key, visitor in self._visits.visitors.items():
            self.arm(key, visitor, woken(visitor.profile))
        self.arm_everybody_aside()

    def arm_everybody_aside(self) -> None:
        """Wake all who were put aside, to begin anew."""
        for key in self._visits.aside.everybody():
            self.arm_aside(key)

    def arm_aside(self, key: bytes) -> None:
        """Wake a visitor who was put aside, to begin anew."""
        self._due.arm(key, self._back_at(key))

    def _pass_time_aside(self, key: bytes, watermark: int) -> None:
        aside = self._visits.aside
        if key in aside and self._back_at(key) >= watermark:
            self.arm_aside(key)  # it was woken for what the record waited for
        elif (profile := aside.forget(key, watermark)) is not None:
            if summary(profile).noted:
                visitor = Visitor(profile=profile)
                self._visits.visitors.touch(key, visitor)
                self.arm(key, visitor, None)
            else:
                self._visits.visitors.changed.append(key)

    def _wake_at(self, key: bytes, visitor: Visitor, first: int | None) -> int | None:
        """For its first waiting time, or for its expiry, if nothing waits and no visit is open; or for its daily look,
        if that is before."""
        in_force = self._people.in_force
        if visitor.profile is None:
            return None if visitor.visits else visitor.last_at + in_force.rulebook.retention
        if not in_force.looks:
            if first is not None or visitor.visits:
                return first
            return expires_at(VISITOR, summary_of(visitor.profile), in_force.rulebook)
        seen, name = summary_of(visitor.profile), VISITOR + key.decode()
        if first is None and visitor.visits:
            return next_look(name, seen.looked, in_force)
        return wake_at(name, seen, in_force)

    def _is_over(self, key: bytes, visitor: Visitor) -> bool:
        """Whether the visitor, for whom nothing waits, has expired."""
        if visitor.profile is None:
            return True
        if visitor.visits:
            return False
        return is_over(VISITOR + key.decode(), summary_of(visitor.profile), self._people.in_force)

    def _back_at(self, key: bytes) -> int:
        return back_at(VISITOR, self._visits.aside.since(key), self._people.rulebook)
