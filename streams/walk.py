"""Time passes for one profile: its journal and its timers, in one order, up to W."""

from schemas.facts import FactInOrder, Inherited, Linked, SessionClosed, SessionOpened
from schemas.person import Person
from schemas.profile import CUSTOMER, HERE, Profile
from schemas.rulebook import DAY_MS
from streams.arrivals import Tell
from streams.case import Case
from streams.fold import fold, next_episode, ring
from streams.identity import customer_at, customer_before, left_behind
from streams.profile import Summary
from streams.taking_back import forget_fired

NOTE_KEPT_MS = 400 * DAY_MS
"""How long a visitor's links are kept after their last use, and that a visitor wants no messages."""

SINGLE_LINK = 1


def walk(case: Case, profile: Profile, watermark: int, tell: Tell) -> None:
    """Fold what lies before `watermark`, and ring what is due before it. A fact at exactly a due time comes first."""
    while True:
        entry = profile.journal[0] if profile.journal else None
        episode = next_episode(case.person)
        if episode is not None and episode.due < watermark and (entry is None or episode.due < entry.fact.at):
            ring(case, episode)
            profile.touched = max(profile.touched, episode.due)
        elif entry is not None and entry.fact.at < watermark:
            del profile.journal[0]
            if isinstance(entry.fact, Linked):
                _hand_over(case, profile, entry.fact, tell)
                continue
            _follow_visit(profile, entry.fact, tell)
            if entry.to == HERE:
                fold(case, entry.fact)
        else:
            break
    forget_fired(case.person, watermark)


def _hand_over(case: Case, profile: Profile, fact: Linked, tell: Tell) -> None:
    """At the first link all that the visitor was goes to the customer; at a later one only the running visit."""
    place = fact.place()
    if not profile.handed_over:
        profile.handed_over = True
        heir = customer_at(profile, place)
        tell(CUSTOMER + heir, Inherited(fact.at, fact.event_id, fact.visitor, fact.on_site, profile.person))
        profile.person = case.person = Person(opted_out=profile.person.opted_out, erased=profile.person.erased)
    elif profile.visit_start and customer_before(profile, place) != fact.customer:
        opened = SessionOpened(fact.at, fact.event_id, fact.visitor, seen=fact.on_site)
        tell(CUSTOMER + fact.customer, opened)


def _follow_visit(profile: Profile, fact: FactInOrder, tell: Tell) -> None:
    """Keep in mind whether the visitor is here, and tell those whom a visit has left."""
    if isinstance(fact, SessionOpened):
        profile.visit_start = fact.at
    elif isinstance(fact, SessionClosed):
        profile.visit_start = 0
        if len(profile.links) > SINGLE_LINK:
            for customer, left in left_behind(profile, fact):
                tell(CUSTOMER + customer, left)


def expires_at(seen: Summary, retention: int) -> int:
    """When W has passed this, a visitor's profile is forgotten if nothing has happened: the retention after its last
    fact or timer. One that still says whose the visitor is, or that no messages are wanted, is kept for longer."""
    return seen.touched + (max(NOTE_KEPT_MS, retention) if seen.noted else retention)
