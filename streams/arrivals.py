"""What a fact does the moment it arrives at a profile, before W has passed it.

It finds its place in the journal, or its way to the customer that the visitor was. Purchases, opt-outs and erasures
take back what has fired and is not yet delivered, whatever W says; an exit signal is judged at once.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import assert_never

from schemas.decisions import Reason
from schemas.facts import (
    LINKING,
    CartChanged,
    CheckoutReached,
    ConsentChanged,
    ErasureAsked,
    ExitSignalled,
    ExitSpoken,
    Fact,
    FactInOrder,
    Inherited,
    Joining,
    Linked,
    OrderPlaced,
    Recalled,
    Receipt,
    SessionClosed,
    SessionOpened,
    VisitLeft,
    Withdrawn,
)
from schemas.person import Person
from schemas.profile import CUSTOMER, HERE, VISITOR, Entry, Profile
from streams.case import Case
from streams.fold import signalled
from streams.identity import customer_at, link, route
from streams.profile import known_cart, known_orders, note, own_facts, withdraw
from streams.taking_back import bought, inheriting, recall, recall_of, settle, take_back

Tell = Callable[[str, Fact], None]
"""Sends a fact to the profile of that key."""


def arrive(case: Case, profile: Profile, fact: Fact, gate: int, tell: Tell) -> None:  # noqa: C901  one turn a fact
    """Take one fact into the profile of `case`. `gate` is the W that the profile decides by: an order older than it
    is late."""
    match fact:
        case Linked():
            _linked(case, profile, fact, gate, tell)
        case (
            SessionOpened()
            | SessionClosed()
            | VisitLeft()
            | CartChanged()
            | CheckoutReached()
            | OrderPlaced()
            | Inherited()
        ):
            _in_order(case, profile, fact, gate, tell)
        case ExitSignalled():
            _signalled(case, profile, fact, tell)
        case ExitSpoken():
            profile.exited_at = fact.at
        case Withdrawn():
            withdraw(profile, fact.gone)
        case Joining():
            profile.joining[fact.visitor] = fact
            _recall(case, profile, (fact,), tell)
        case Recalled():
            recall(case, profile, fact)
        case ConsentChanged():
            _consent(case, profile, fact, tell)
        case ErasureAsked():
            _erase(case, profile, fact, tell)
        case Receipt():
            _settle(profile, fact, tell)
        case _:
            assert_never(fact)


def _signalled(case: Case, profile: Profile, fact: ExitSignalled, tell: Tell) -> None:
    customer = customer_at(profile, fact.place())
    if customer != HERE:
        tell(CUSTOMER + customer, replace(fact, exited_at=profile.exited_at))
    elif signalled(case, profile, fact):
        if case.key.startswith(CUSTOMER):
            tell(VISITOR + fact.visitor, ExitSpoken(fact.at, fact.event_id, fact.visitor))
        else:
            profile.exited_at = fact.at


def _in_order(case: Case, profile: Profile, fact: FactInOrder, gate: int, tell: Tell) -> None:
    customer = route(profile, fact)
    if not note(profile, Entry(fact, customer)):
        return
    if isinstance(fact, OrderPlaced):
        # Forwarded or not: what the visitor was sent is still here until W has passed the link.
        bought(case, profile, fact, late=fact.at < gate)
        _recall(case, profile, profile.joining.values(), tell)
    if customer != HERE:
        tell(CUSTOMER + customer, fact)
    elif isinstance(fact, Inherited):
        profile.joining.pop(fact.visitor, None)
        inheriting(case, fact)


def _linked(case: Case, profile: Profile, fact: Linked, gate: int, tell: Tell) -> None:
    """The visitor is somebody: later facts go there, those sent elsewhere by mistake are called back."""
    first = not profile.links
    if not note(profile, Entry(fact)) or not link(profile, fact.place(), fact.customer, gate):
        return
    if first and not profile.handed_over:
        _preview(case, profile, fact, tell)
    for entry in profile.journal:
        if isinstance(entry.fact, Linked):
            continue
        customer = route(profile, entry.fact)
        if customer == entry.to:
            continue
        if entry.to != HERE:
            tell(CUSTOMER + entry.to, Withdrawn(entry.fact.at, entry.fact.event_id, entry.fact.place()))
        if customer != HERE:
            tell(CUSTOMER + customer, entry.fact)
        entry.to = customer


def _recall(case: Case, profile: Profile, joining: Iterable[Joining], tell: Tell) -> None:
    for preview in joining:
        recalled = recall_of(case, profile, preview)
        if recalled is not None:
            tell(VISITOR + preview.visitor, recalled)


def _preview(case: Case, profile: Profile, fact: Linked, tell: Tell) -> None:
    """What the customer's profile must know before the inheritance itself can follow."""
    at, class_, event_id, _ = fact.place()
    before = (at, class_, event_id, LINKING - 1)
    cart, changed_at = known_cart(profile, before)
    orders = tuple(known_orders(profile, before))
    if cart or orders or any(not fired.settled for fired in case.person.fired):
        preview = Joining(fact.at, fact.event_id, fact.visitor, cart, changed_at, orders, fact.on_site)
        tell(CUSTOMER + fact.customer, preview)


def _consent(case: Case, profile: Profile, fact: ConsentChanged, tell: Tell) -> None:
    if profile.links:
        tell(CUSTOMER + profile.links[-1][1], fact)
    case.person.opted_out = not fact.given
    if fact.given:
        case.person.erased = False
    elif case.rulebook.consent == "opt_out":
        take_back(case, profile, Reason.OPTED_OUT)
        _recall(case, profile, profile.joining.values(), tell)


def _erase(case: Case, profile: Profile, fact: ErasureAsked, tell: Tell) -> None:
    """Forget the person; the visitors known to be this customer are told, and a visitor's customer."""
    take_back(case, profile, Reason.ERASED)
    if not fact.spread:
        spread = ErasureAsked(fact.at, fact.event_id, spread=True)
        for visitor in dict.fromkeys((*case.person.visitors, *profile.joining, *_inherited_from(profile))):
            tell(VISITOR + visitor, spread)
        for _, customer in profile.links:
            tell(CUSTOMER + customer, spread)
    profile.person = case.person = Person(erased=True)
    profile.journal = [entry for entry in profile.journal if isinstance(entry.fact, Linked)]
    profile.joining.clear()


def _inherited_from(profile: Profile) -> Iterator[str]:
    return (fact.visitor for fact in own_facts(profile) if isinstance(fact, Inherited))


def _settle(profile: Profile, fact: Receipt, tell: Tell) -> None:
    """What was handed over is settled at the heir's."""
    if not settle(profile, fact) and profile.handed_over:
        tell(CUSTOMER + profile.links[0][1], fact)
