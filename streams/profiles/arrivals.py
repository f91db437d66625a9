"""What a fact does the moment it arrives at a profile, before W has passed it.

It finds its place in the journal, or its way to the customer that the visitor was. Purchases, opt-outs and erasures
take back what has fired and is not yet delivered, whatever W says; an exit signal is judged at once.
"""

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from schemas.facts.event_facts import ProductHappened
from schemas.facts.product_facts import PriceChanged, ProductKnown, Released, StockChanged
from schemas.facts.profile_facts import (
    CLICK,
    LINKING,
    WISHING,
    CartBought,
    CartChanged,
    CheckoutReached,
    ConsentChanged,
    ErasureAsked,
    ExitSignalled,
    ExitSpoken,
    Fact,
    FactInOrder,
    Happened,
    Inherited,
    Joining,
    Linked,
    OrderPlaced,
    OrderTold,
    Recalled,
    Receipt,
    SessionClosed,
    SessionOpened,
    SubscriptionTold,
    TraitsTold,
    Unlinked,
    VisitLeft,
    Withdrawn,
)
from schemas.facts.suspected import Suspected
from schemas.state.profile import CUSTOMER, HERE, VISITOR, Entry, Link, Profile
from streams.person.named_carts import purchase_of
from streams.person.payments import waited_for
from streams.person.person_limits import few_previews, fit_cart, latest_orders
from streams.person.shelves import buying_of
from streams.profiles.identity import CUSTOMERS_MAX, beyond_many, customer_at, few_links, link, route, unlink
from streams.profiles.profile import known_orders, known_person, loses_cart, note, withdraw
from streams.profiles.wishes import call_back, erase, hear_word, note_visit, reroute, since_forgotten, too_late_for
from streams.records import Tell
from streams.triggers.case import Case
from streams.triggers.fold import signalled
from streams.triggers.taking_back import bought, inheriting, overtaken, payment_opened, recall, recall_joining, settle

_SAYS_MORE: Final = frozenset({SessionClosed, OrderPlaced, OrderTold, PriceChanged, Inherited})
"""Facts whose arrival is more than a place in the journal; most are not of these, so that is asked once."""


def arrive(case: Case, profile: Profile, fact: Fact, gate: int, tell: Tell) -> None:
    """Take one fact into the profile of `case`. `gate` is the W that the profile decides by: an order older than it
    is late."""
    hears = ARRIVALS.get(type(fact))
    assert hears is not None, f"{fact.fact} is for products, and was told to a person"
    hears(case, profile, fact, gate, tell)


def _signalled(case: Case, profile: Profile, fact: ExitSignalled, gate: int, tell: Tell) -> None:
    customer = customer_at(profile, fact.place())
    if customer != HERE:
        tell(CUSTOMER + customer, replace(fact, exited_at=profile.exited_at))
    elif signalled(case, profile, fact):
        if case.key.startswith(CUSTOMER):
            tell(VISITOR + fact.visitor, ExitSpoken(fact.at, fact.event_id, fact.visitor))
        else:
            profile.exited_at = fact.at


def _in_order(case: Case, profile: Profile, fact: FactInOrder, gate: int, tell: Tell) -> None:
    if type(fact) in _SAYS_MORE or case.person.erased_at:
        _in_order_with_more(case, profile, fact, gate, tell)
        return
    customer = route(profile, fact)
    if note(profile, Entry(fact, customer)) and customer != HERE:
        tell(CUSTOMER + customer, fact)


def _in_order_with_more(case: Case, profile: Profile, fact: FactInOrder, gate: int, tell: Tell) -> None:
    """The arrival of a fact of `_SAYS_MORE`, or at somebody who was erased."""
    customer = _whose(case, profile, fact)
    buyers = _is_the_buyers(fact, customer)
    # What is forwarded is judged by its customer: the wish may have been that of another, whose device this was.
    is_here = customer == HERE or buyers
    if is_here and case.person.erased_at and too_late_for(case, fact, tell):
        note_visit(profile, fact)
        return
    if is_here and type(fact) is SessionClosed and fact.start <= case.person.erased_at:
        fact = since_forgotten(case, fact, tell)
    if not note(profile, Entry(fact, customer)):
        return
    if type(fact) is OrderPlaced and not buyers:
        # Forwarded or not: what the visitor was sent is still here until W has passed the link.
        bought(case, profile, fact, late=fact.at < gate)
        if fact.by is None:
            recall_joining(case, profile, profile.joining.values(), tell)
    elif type(fact) is OrderTold and fact.due:
        payment_opened(case, profile, fact)
    if customer != HERE and not buyers:
        tell(CUSTOMER + customer, _outward(fact))
    elif type(fact) is PriceChanged:
        overtaken(case, profile, fact)
    elif type(fact) is Inherited:
        profile.joining.pop(fact.visitor, None)
        inheriting(case, fact)


def _cart_bought(case: Case, profile: Profile, fact: CartBought, gate: int, tell: Tell) -> None:
    """Somebody has bought a cart that was told here. A visitor's profile passes it on to nobody: customers hear of it
    themselves. Until the visitor is handed over, what it was sent is here."""
    if profile.handed_over or fact.at <= case.person.erased_at:
        return
    if note(profile, Entry(fact, customer_at(profile, fact.place()))) and loses_cart(profile, fact):
        bought(case, profile, purchase_of(fact), late=fact.at < gate)


def _outward(fact: FactInOrder) -> FactInOrder:
    """The fact as a customer hears it: which clicks a session had only says who the visitor was at which of them."""
    if type(fact) is SessionClosed and (fact.clicks or fact.ties):
        return replace(fact, clicks=(), ties=())
    return fact


def _whose(case: Case, profile: Profile, fact: FactInOrder) -> str:
    """To whom the fact goes, or HERE. What tells of somebody else's purchase goes to whoever the visitor was just
    before it: to the buyer, who knows, if that was nobody else."""
    customer = route(profile, fact)
    if customer == HERE and type(fact) is OrderPlaced and fact.by is not None and case.key.startswith(VISITOR):
        return fact.by
    return customer


def _is_the_buyers(fact: FactInOrder, customer: str) -> bool:
    """Whether the purchase that the fact tells of others about is the customer's own: then nobody need be told."""
    return type(fact) is OrderPlaced and fact.by is not None and fact.by == customer


def _linked(case: Case, profile: Profile, fact: Linked, gate: int, tell: Tell) -> None:
    """The visitor is somebody: later facts go there."""
    first = _first_link(profile)
    if not note(profile, Entry(fact)):
        return
    news = link(profile, fact.place(), fact.customer, gate)
    few_links(profile, case.effects.cut)
    if news:
        _links_changed(case, profile, first, tell)
        _suspect_many(profile, fact, tell)


def _suspect_many(profile: Profile, fact: Linked, tell: Tell) -> None:
    """Tell the customer that the device is nobody's own, if it is; the one before, too, who is one too many only now
    that this link has come to light."""
    if not (many := beyond_many(profile)):
        return  # as a rule
    for place, customer in many[:1] if fact.place() < many[0][0] else [(fact.place(), fact.customer)]:
        if (place, customer) in many:
            suspicion = Suspected(place[0], place[2], fact.visitor, "customers", CUSTOMERS_MAX + 1, place[0])
            tell(CUSTOMER + customer, suspicion)


def _unlinked(case: Case, profile: Profile, fact: Unlinked, gate: int, tell: Tell) -> None:
    """A link that was told is none, unless W has passed it: then what followed from it has happened."""
    told = [entry for entry in profile.journal if entry.fact.place() == fact.place() and isinstance(entry.fact, Linked)]
    if told:
        first = _first_link(profile)
        profile.journal = [entry for entry in profile.journal if entry not in told]
        unlink(profile, fact.place(), fact.customer)
        _links_changed(case, profile, first, tell)


def _first_link(profile: Profile) -> Link | None:
    return profile.links[0] if profile.links else None


def _links_changed(case: Case, profile: Profile, first: Link | None, tell: Tell) -> None:
    """Who the visitor is at which time has changed; the first link was `first`. What was sent elsewhere by mistake is
    called back, the preview too, and goes where it belongs."""
    for entry in profile.journal:
        if isinstance(entry.fact, Linked):
            continue
        if isinstance(entry.fact, CartBought):
            entry.to = customer_at(profile, entry.fact.place())
            continue
        customer = _whose(case, profile, entry.fact)
        if customer == entry.to:
            continue
        if entry.to != HERE and not _is_the_buyers(entry.fact, entry.to):
            tell(CUSTOMER + entry.to, Withdrawn(entry.fact.at, entry.fact.event_id, entry.fact.place()))
        if customer != HERE and not _is_the_buyers(entry.fact, customer):
            tell(CUSTOMER + customer, _outward(entry.fact))
        entry.to = customer
    reroute(case, profile, tell)
    now = _first_link(profile)
    if profile.handed_over or now == first:
        return
    if first is not None:
        (at, _, event_id, _), heir = first
        tell(CUSTOMER + heir, Withdrawn(at, event_id, first[0]))
    if now is not None:
        _preview(case, profile, now, tell)


def _preview(case: Case, profile: Profile, first: Link, tell: Tell) -> None:
    """What the customer's profile must know before the inheritance itself can follow."""
    person, journal = case.person, profile.journal
    if not (person.cart or person.orders or buying_of(person).others or person.fired) and all(
        isinstance(one.fact, Linked) for one in journal
    ):
        return  # as a rule: the link is the first that is heard of the visitor
    (at, class_, event_id, _), customer = first
    before = (at, class_, event_id, LINKING - 1)
    known = known_person(profile, before, case.rulebook.cart_merge)
    cart = known.cart
    fit_cart(cart, case.effects.cut)
    own = known_orders(profile, before, others=False)
    orders = latest_orders(own, case.effects.cut)
    others = latest_orders(
        [one for one in known_orders(profile, before, others=True) if one not in own], case.effects.cut
    )
    if cart or orders or others or any(not fired.settled for fired in case.person.fired):
        changed_at, is_click, visitor = known.cart_changed_at, class_ == CLICK, case.key.removeprefix(VISITOR)
        tell(CUSTOMER + customer, Joining(at, event_id, visitor, cart, changed_at, orders, is_click, others))


def _order_told(case: Case, profile: Profile, fact: OrderTold, gate: int, tell: Tell) -> None:
    if (told := waited_for(fact, case.rulebook.payment_wait)) is not None:
        _in_order(case, profile, told, gate, tell)


def _exit_spoken(case: Case, profile: Profile, fact: ExitSpoken, gate: int, tell: Tell) -> None:
    profile.exited_at = fact.at


def _withdrawn(case: Case, profile: Profile, fact: Withdrawn, gate: int, tell: Tell) -> None:
    if fact.gone[3] == WISHING:
        call_back(case, fact.gone)
    else:
        withdraw(profile, fact.gone)


def _joining(case: Case, profile: Profile, fact: Joining, gate: int, tell: Tell) -> None:
    if case.person.erased_at and too_late_for(case, fact, tell):
        return
    profile.joining[fact.visitor] = fact
    few_previews(profile.joining, case.effects.cut)
    recall_joining(case, profile, (fact,), tell)


def _recalled(case: Case, profile: Profile, fact: Recalled, gate: int, tell: Tell) -> None:
    recall(case, profile, fact)


def _consent_changed(case: Case, profile: Profile, fact: ConsentChanged, gate: int, tell: Tell) -> None:
    hear_word(case, profile, fact, tell)


def _erasure_asked(case: Case, profile: Profile, fact: ErasureAsked, gate: int, tell: Tell) -> None:
    erase(case, profile, fact, tell)


def _receipt(case: Case, profile: Profile, fact: Receipt, gate: int, tell: Tell) -> None:
    """What was handed over is settled at the heir's."""
    if not settle(profile, fact) and profile.handed_over:
        tell(CUSTOMER + profile.links[0][1], fact)


ARRIVALS: Final[dict[type, Callable[[Case, Profile, Any, int, Tell], None]]] = {
    **dict.fromkeys(
        (
            *(CartChanged, SessionOpened, SessionClosed, VisitLeft, CheckoutReached, OrderPlaced, SubscriptionTold),
            *(Happened, ProductHappened, TraitsTold, Suspected, Inherited),
            *(PriceChanged, StockChanged, Released, ProductKnown),
        ),
        _in_order,
    ),
    Linked: _linked,
    Unlinked: _unlinked,
    OrderTold: _order_told,
    CartBought: _cart_bought,
    ExitSignalled: _signalled,
    ExitSpoken: _exit_spoken,
    Withdrawn: _withdrawn,
    Joining: _joining,
    Recalled: _recalled,
    ConsentChanged: _consent_changed,
    ErasureAsked: _erasure_asked,
    Receipt: _receipt,
}
"""What a person does with each kind of fact; a test holds that all are here but those for products. To ask for one
kind after the other costs several times as much."""
