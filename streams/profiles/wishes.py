"""Wishes: to hear nothing or to hear again, and to be forgotten. They apply the moment they arrive, whatever W says.

A wish that is said by a device is that of whoever held it then. The visitor's profile knows who that was and passes the
wish on; should another link come to light, the wish is called back and goes where it belongs. What a wrong wish has
taken back or forgotten by then stays so; from there on it counts no more.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from schemas.facts.profile_facts import (
    WISHING,
    ConsentChanged,
    ErasureAsked,
    Fact,
    FactInOrder,
    Inherited,
    Joining,
    Linked,
    Place,
    SessionClosed,
    SessionOpened,
    Withdrawn,
)
from schemas.outcomes.decisions import Reason
from schemas.state.profile import CUSTOMER, HERE, VISITOR, Profile
from schemas.state.wishes import Wish
from streams.person.consent import forgotten, hear_consent, hear_older_wish, join_consent, scope_of, unsay
from streams.person.person_limits import few_scopes
from streams.profiles.identity import customer_at
from streams.profiles.profile import own_facts
from streams.records import Tell
from streams.triggers.buyers import tell_gone
from streams.triggers.case import Case
from streams.triggers.receipts import erased
from streams.triggers.taking_back import inheriting, recall_joining, take_back, take_back_refused

WISHES_MAX = 8
"""Wishes of a device of which it is known to whom they went, the latest: an older one stays where it is."""


def is_wish(fact: Fact) -> bool:
    """Whether the fact is a wish, or calls one back: that is heard also of whoever is put aside."""
    return isinstance(fact, ConsentChanged | ErasureAsked) or (isinstance(fact, Withdrawn) and fact.gone[3] == WISHING)


def hear_word(case: Case, profile: Profile, fact: ConsentChanged, tell: Tell) -> None:
    """Messages are wanted, or not."""
    if fact.spread and case.key.startswith(VISITOR):
        if not any(wish.fact == fact for wish in profile.wishes):
            _keep(case, profile, Wish(fact, HERE))
        if _holds_here(profile, fact):
            _hear_own_word(case, profile, fact, tell)
    elif _is_own(profile, _passed_on(case, profile, fact, tell)):
        _hear_own_word(case, profile, fact, tell)


def _hear_own_word(case: Case, profile: Profile, fact: ConsentChanged, tell: Tell) -> None:
    scope = scope_of(fact.channel, fact.category)
    if not hear_consent(case.person, fact.at, fact.event_id, given=fact.given, scope=scope):
        return
    few_scopes(case.person, case.effects.cut)
    if not fact.given and case.rulebook.asks_for_consent:
        take_back_refused(case, profile)
        recall_joining(case, profile, profile.joining.values(), tell)


def erase(case: Case, profile: Profile, fact: ErasureAsked, tell: Tell) -> None:
    """Forget the person, once for each wish. A customer tells all visitors that were ever seen as this customer; a
    visitor tells the customer whose wish it is, who tells the others. The receipt is a decision. What waits and is of
    after the wish stays: it counts as it would, had it come after it."""
    if case.key.startswith(VISITOR):
        is_known = _is_known(profile, fact)
        whose = fact.customer or _passed_on(case, profile, fact, tell)
        if not is_known:
            _erase_visitor(case, profile, fact, whose, tell)
        return
    if hear_older_wish(case.person, fact.at, fact.event_id):
        return
    _forget_person(case, profile, fact)
    spread = _spread(case, fact.at, fact.event_id)
    for visitor in dict.fromkeys((*case.person.visitors, *profile.joining, *_seen_in_journal(profile))):
        tell(VISITOR + visitor, spread)
    profile.person = case.person = forgotten(case.person, fact.at, fact.event_id)
    profile.journal = [entry for entry in profile.journal if entry.at > fact.at]
    profile.joining = {visitor: preview for visitor, preview in profile.joining.items() if preview.at > fact.at}
    erased(case, fact)


def is_granted(profile: Profile, fact: ErasureAsked) -> bool:
    """Whether the visitor has granted that wish, or a later one."""
    return fact.at <= profile.person.erased_at or _is_known(profile, fact)


def whose_visits(profile: Profile, fact: ErasureAsked) -> str:
    """Of whom it is to be forgotten what was looked at; "" for whoever it was."""
    return fact.customer or _whose(profile, fact, HERE)


def too_late_for(case: Case, fact: FactInOrder | Joining, tell: Tell) -> bool:
    """Whether the fact, or the preview, is of before the person was forgotten: it says nothing any more. Whoever brings
    it may not have been told, and is."""
    person = case.person
    if fact.at > person.erased_at or isinstance(fact, Linked):
        return False
    if isinstance(fact, Inherited):
        join_consent(person, fact.person)
        few_scopes(person, case.effects.cut)
        inheriting(case, fact)
        for episode in fact.person.episodes:
            case.ended(episode, Reason.ERASED)
    if fact.visitor is not None and case.key.startswith(CUSTOMER):
        tell(VISITOR + fact.visitor, _spread(case, person.erased_at, fact.event_id))
    return True


def since_forgotten(case: Case, fact: SessionClosed, tell: Tell) -> SessionClosed:
    """The end of a visit in which the person was forgotten. A customer may have asked twice, and knows of no devices
    the second time: so nothing is taken from it of what was looked at, and the visitor is told."""
    if case.key.startswith(VISITOR):
        return fact
    tell(VISITOR + fact.visitor, _spread(case, case.person.erased_at, fact.event_id))
    return replace(fact, views=0, added=0, searches=0, products=())


def note_visit(profile: Profile, fact: FactInOrder) -> None:
    """Of a visit that is to be forgotten it is known all the same whether it runs: whoever the visitor is next has to
    hear of it."""
    if type(fact) is SessionOpened:
        profile.visit_start = fact.at
    elif type(fact) is SessionClosed:
        profile.visit_start = 0


def call_back(case: Case, gone: Place) -> None:
    """The wish was somebody else's, as has come to light."""
    unsay(case.person, gone)


def reroute(case: Case, profile: Profile, tell: Tell) -> None:
    """Who the visitor was at which time has changed: wishes go where they belong."""
    for wish in profile.wishes:
        fact = wish.fact
        if fact.spread:
            if isinstance(fact, ConsentChanged) and _holds_here(profile, fact):
                _hear_own_word(case, profile, fact, tell)
            elif isinstance(fact, ConsentChanged):
                unsay(case.person, fact.place())
            continue
        to = _whose(profile, fact, wish.to)
        if to != wish.to:
            if wish.to != HERE:
                tell(CUSTOMER + wish.to, Withdrawn(fact.at, fact.event_id, fact.place()))
            if to != HERE:
                tell(CUSTOMER + to, fact)
            wish.to = to
        if not _is_own(profile, to):
            unsay(case.person, fact.place())
        elif isinstance(fact, ConsentChanged):
            _hear_own_word(case, profile, fact, tell)
        else:
            _erase_visitor(case, profile, fact, to, tell)


def _passed_on(case: Case, profile: Profile, fact: ConsentChanged | ErasureAsked, tell: Tell) -> str:
    """Whose wish it is; that customer is told, unless it came from there."""
    if fact.spread or case.key.startswith(CUSTOMER):
        return HERE
    to = _whose(profile, fact, HERE)
    if not any(wish.fact == fact for wish in profile.wishes):
        _keep(case, profile, Wish(fact, to))
    if to != HERE:
        tell(CUSTOMER + to, fact)
    return to


def _keep(case: Case, profile: Profile, wish: Wish) -> None:
    profile.wishes.append(wish)
    if len(profile.wishes) > WISHES_MAX:
        del profile.wishes[0]
        case.effects.cut("wishes", 1)


def _whose(profile: Profile, fact: ConsentChanged | ErasureAsked, known: str) -> str:
    """Whose the visitor was when the wish was said. What was said before the first link is the first customer's, as all
    else is; but who asks to be forgotten without a name asks for the device alone, if it has not been handed over.
    `known` is where the wish went before."""
    customer = customer_at(profile, fact.place())
    if customer != HERE or not profile.links:
        return customer
    heir = profile.links[0][1]
    return heir if isinstance(fact, ConsentChanged) or known == heir else HERE


def _is_own(profile: Profile, customer: str) -> bool:
    """Whether a wish of that customer concerns what the visitor's own profile holds: until it is handed over, all that
    is the first customer's."""
    return profile.handed_over or not profile.links or customer in (HERE, profile.links[0][1])


def _names_the_device(profile: Profile, fact: ErasureAsked) -> bool:
    """Whether the wish is about a visitor who was nobody's then: said of the device itself, by a customer who has never
    been seen on it."""
    is_nobodys = customer_at(profile, fact.place()) == HERE
    return is_nobodys and all(customer != fact.customer for _, customer in profile.links)


def _holds_here(profile: Profile, fact: ConsentChanged) -> bool:
    """Whether the word of a customer, who said it with the visitor's name, concerns what the visitor's own profile
    holds: not if the visitor was another customer then, to whom that is about to go."""
    holder = customer_at(profile, fact.place())
    return _is_own(profile, holder) and (profile.handed_over or holder in (HERE, fact.customer))


def _is_known(profile: Profile, fact: ErasureAsked) -> bool:
    """Whether the visitor has heard of that very wish."""
    return any(
        isinstance(wish.fact, ErasureAsked) and fact.at == wish.fact.at and fact.customer in ("", wish.to)
        for wish in profile.wishes
    )


def _erase_visitor(case: Case, profile: Profile, fact: ErasureAsked, whose: str, tell: Tell) -> None:
    """Forget what the visitor's profile holds of that customer, and leave what is another's."""
    is_own = _is_own(profile, whose) or _names_the_device(profile, fact)
    if is_own:
        if hear_older_wish(case.person, fact.at, fact.event_id):
            return
        _forget_person(case, profile, fact)
        if profile.links and not profile.handed_over:  # the preview of what is forgotten
            first, heir = profile.links[0]
            tell(CUSTOMER + heir, Withdrawn(fact.at, fact.event_id, first))
        profile.person = case.person = forgotten(case.person, fact.at, fact.event_id)
    elif fact.spread:
        _keep(case, profile, Wish(fact, whose))
    kept = []
    for entry in profile.journal:
        is_whose = entry.to == whose or (is_own and entry.to == HERE)
        if entry.at > fact.at or isinstance(entry.fact, Linked) or not is_whose:
            kept.append(entry)
        else:
            note_visit(profile, entry.fact)
    profile.journal = kept
    erased(case, fact)


def _forget_person(case: Case, profile: Profile, fact: ErasureAsked) -> None:
    """Whatever is on its way, or waits, is over; and products know nothing of it."""
    tell_gone(case, fact.at, fact.event_id, fact.place()[1])
    take_back(case, profile, Reason.ERASED)
    for episode in list(case.person.episodes):
        case.end(episode, Reason.ERASED)


def _spread(case: Case, at: int, event_id: str) -> ErasureAsked:
    """The customer's wish, as the customer's visitors hear it."""
    return ErasureAsked(at, event_id, spread=True, customer=case.key.removeprefix(CUSTOMER))


def _seen_in_journal(profile: Profile) -> Iterator[str]:
    return (fact.visitor for fact in own_facts(profile) if fact.visitor is not None)
