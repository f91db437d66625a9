"""Time passes for one profile: its journal and its timers, in one order, up to W."""

from typing import Final

from schemas.facts.profile_facts import FactInOrder, Inherited, Linked, SessionClosed, SessionOpened
from schemas.rules.rulebook import Rulebook
from schemas.rules.words import DAY_MS
from schemas.state.profile import CUSTOMER, HERE, Entry, Profile
from streams.person.consent import handed_over
from streams.person.payments import overdue
from streams.person.repeats import is_repeat
from streams.person.shelves import clear
from streams.person.waiting import rings_at
from streams.profiles.identity import customer_at, customer_before, left_behind
from streams.profiles.profile import Summary, looked_at, summary
from streams.profiles.retention import retention_of
from streams.profiles.waiting import entry_bytes, journal_bytes_max, next_entry, waiting_bytes
from streams.profiles.wishes import note_visit
from streams.records import Tell
from streams.triggers.buyers import tell_gone
from streams.triggers.case import Case
from streams.triggers.episodes import next_episode
from streams.triggers.fold import fold, ring
from streams.triggers.in_force import InForce
from streams.triggers.looking import look_daily
from streams.triggers.standing import next_look
from streams.triggers.taking_back import forget_fired

NOTE_KEPT_MS: Final = 400 * DAY_MS
"""How long a visitor's links are kept after their last use, and that a visitor wants no messages."""

REFUSAL_KEPT_MS: Final = 3650 * DAY_MS
"""How long it is kept, at least, that a customer wants no messages, or was erased. Whose opt-out is forgotten would be
mailed after the next sign-in, and ten years are longer than anybody keeps an account without a visit."""

SINGLE_LINK: Final = 1

NEVER: Final = 1 << 62


def walk(case: Case, profile: Profile, watermark: int, tell: Tell) -> None:
    """Fold what lies before `watermark`, and ring what is due before it. A fact at exactly a due time comes first, then
    a payment that has not come, then the daily look, which is no sign of life."""
    looks = case.in_force.looks
    while True:
        entry = next_entry(profile)
        until = watermark if entry is None else min(watermark, entry.at)
        episode = next_episode(case.person)
        due = until if episode is None else rings_at(episode)
        unpaid = overdue(case.person)
        waits = entry is not None or episode is not None or unpaid is not None
        look_due = _look_at(case, profile, waits=waits) if looks else NEVER
        if unpaid is not None and unpaid.at < until and unpaid.at <= min(due, look_due):
            fold(case, unpaid)
            profile.touched = max(profile.touched, unpaid.at)
        elif look_due < until and look_due <= due:
            look_daily(case, look_due)
        elif episode is not None and due < until:
            ring(case, episode)
            profile.touched = max(profile.touched, due)
        elif entry is not None and entry.at < watermark:
            _fold(case, profile, entry, tell)
        else:
            break
    forget_fired(case.person, watermark)


def _look_at(case: Case, profile: Profile, *, waits: bool) -> int:
    """When the person is to be looked at next for time alone; NEVER if not any more before it is forgotten."""
    due = next_look(case.key, looked_at(profile), case.in_force)
    return NEVER if due is None or not (waits or due <= expires_at(case.key, summary(profile), case.rulebook)) else due


def fold_early(case: Case, profile: Profile, tell: Tell) -> None:
    """When more waits than may: fold the oldest facts as if W had passed them, but ring nothing.

    No purchase is lost, and nobody is reminded for it: what is due still waits for W, and looks again then. A record
    that is older than what was folded counts as a late one does; a timer may be overtaken by what came after it.
    """
    limit = journal_bytes_max(case.key)
    waiting = waiting_bytes(profile, limit)
    number = 0
    while waiting > limit and (entry := next_entry(profile)) is not None:
        waiting -= entry_bytes(entry)
        _fold(case, profile, entry, tell)
        number += 1
    if number:
        case.effects.cut("journal", number)


def _fold(case: Case, profile: Profile, entry: Entry, tell: Tell) -> None:
    """The fact counts from here on."""
    profile.journal.remove(entry)
    fact = entry.fact
    if type(fact) is Linked:
        _hand_over(case, profile, fact, tell)
        return
    _follow_visit(profile, fact, tell)
    if entry.to == HERE and not is_repeat(case.person, fact):
        fold(case, fact)


def _hand_over(case: Case, profile: Profile, fact: Linked, tell: Tell) -> None:
    """At the first link all that the visitor was goes to the customer; at a later one only the running visit."""
    place = fact.place()
    if not profile.handed_over:
        profile.handed_over = True
        heir = customer_at(profile, place)
        tell_gone(case, fact.at, fact.event_id, place[1])
        clear(profile.person)
        tell(CUSTOMER + heir, Inherited(fact.at, fact.event_id, fact.visitor, fact.on_site, profile.person))
        profile.person = case.person = handed_over(profile.person)
    elif (
        profile.visit_start
        and customer_before(profile, place) != fact.customer
        and (fact.at >= profile.visit_start or profile.links[-1][1] == fact.customer)
    ):
        opened = SessionOpened(fact.at, fact.event_id, fact.visitor, seen=fact.on_site)
        tell(CUSTOMER + fact.customer, opened)


def _follow_visit(profile: Profile, fact: FactInOrder, tell: Tell) -> None:
    """Keep in mind whether the visitor is here, and tell those whom a visit has left."""
    note_visit(profile, fact)
    if type(fact) is SessionClosed and len(profile.links) > SINGLE_LINK:
        for customer, left in left_behind(profile, fact):
            tell(CUSTOMER + customer, left)


def wake_at(key: str, seen: Summary, in_force: InForce) -> int:
    """When the profile of that key and summary wants to be woken: its first waiting fact or due episode, else its
    expiry; or to be looked at for time alone, if that is before."""
    at = expires_at(key, seen, in_force.rulebook) if seen.wakes is None else seen.wakes
    due = next_look(key, seen.looked, in_force)
    return at if due is None else min(at, due)


def is_over(key: str, seen: Summary | None, in_force: InForce) -> bool:
    """Whether a profile that is woken is to be forgotten: nothing waits, and it is not even looked at before that. So
    is one that was put aside."""
    if seen is None or seen.wakes is not None:
        return seen is None
    due = next_look(key, seen.looked, in_force)
    return due is None or due > expires_at(key, seen, in_force.rulebook)


def expires_at(key: str, seen: Summary, rulebook: Rulebook) -> int:
    """When W has passed this, a profile is forgotten if nothing has happened: the retention after its last fact or
    timer. One that still says whose the visitor is, or that no messages are wanted, is kept for longer."""
    kept = retention_of(key, rulebook)
    if seen.noted:
        kept = max(kept, REFUSAL_KEPT_MS if key.startswith(CUSTOMER) else NOTE_KEPT_MS)
    return seen.touched + kept


def back_at(key: str, since: int, rulebook: Rulebook) -> int:
    """When somebody who was put aside, and of whom the last is of `since`, ms, may begin anew: an opt-out may be among
    what is not known any more."""
    return expires_at(key, Summary(None, since, noted=True, episodes=0, waiting=0), rulebook)
