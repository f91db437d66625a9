"""What a profile knows, and its journal.

The journal holds facts that W has not passed, in the one order in which they count (`place()`), so that the result of
the fold does not depend on the order of arrival. Those that a visitor's profile has forwarded stay in its journal
until W has passed them, with the customer they went to: should an earlier link come to light, they can be taken back.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from msgspec.structs import replace

from schemas.facts.profile_facts import (
    CLICK,
    CartBought,
    CartChanged,
    CheckoutReached,
    FactInOrder,
    Inherited,
    Joining,
    OrderPlaced,
    OrderTold,
    Place,
)
from schemas.rules.rulebook import CartMerge
from schemas.state.person import Fired, Person
from schemas.state.profile import HERE, Entry, Profile
from streams.limits import uncounted
from streams.person.memory import remember
from streams.person.merging import brings_cart
from streams.person.named_carts import join_named_carts, lose
from streams.person.shelves import buying_of, consent_of, standing_of
from streams.person.waiting import rings_at
from streams.profiles.waiting import next_entry, own_inheritances

NOT_AT_ALL: Final = -1

_TELLS_OF_ORDERS: Final = frozenset({OrderPlaced, CartBought, Inherited})


class Summary(NamedTuple):
    """What a stage has to know of every profile, whoever else it is: when its first fact or episode comes due
    (`wakes`, None if nothing waits), the time of the last fact or timer, how many episodes are open and how many facts
    wait, of which an open payment is one. `noted` if it says whose the visitor is, or that no messages are wanted.
    `looked` is when it was last looked at for time alone, 0 for never, NOT_AT_ALL for what is left of a visitor who has
    become a customer; `carts` are those that were told. Nothing in it depends on settings."""

    wakes: int | None
    touched: int
    noted: bool
    episodes: int
    waiting: int
    looked: int = 0
    carts: bytes = b""


def wakes(profile: Profile) -> int | None:
    """The time of the first waiting fact, due episode or payment, None if nothing waits: that of its summary."""
    entry = next_entry(profile)
    first = None if entry is None else entry.at
    buying = profile.person.buying
    if buying is not None and buying.awaited:
        due = min([awaited.due for awaited in buying.awaited.values()])
        first = due if first is None else min(first, due)
    for episode in profile.person.episodes:
        if first is None or rings_at(episode) < first:
            first = rings_at(episode)
    return first


def waiting_facts(profile: Profile) -> int:
    """How many facts wait: those of the journal, and of each open payment that it has not come."""
    buying = profile.person.buying
    return len(profile.journal) + (0 if buying is None else len(buying.awaited))


def summary(profile: Profile) -> Summary:
    """The profile's summary as it stands."""
    person, waiting = profile.person, waiting_facts(profile)
    noted = bool(profile.links or person.opted_out or person.erased or consent_of(person).scopes)
    looked, carts = looked_at(profile), profile.carts
    return Summary(wakes(profile), profile.touched, noted, len(person.episodes), waiting, looked, carts)


def looked_at(profile: Profile) -> int:
    """When the person was last looked at for time alone, as the summary says it."""
    return NOT_AT_ALL if profile.handed_over else standing_of(profile.person).looked


def note(profile: Profile, entry: Entry) -> bool:
    """Put the entry into the journal at its place; False if the very fact is there already."""
    journal, at = profile.journal, entry.at
    if not journal or journal[-1].at < at:  # as a rule
        journal.append(entry)
    elif not _insert(journal, entry):
        return False
    if at > profile.touched:
        profile.touched = at
    return True


def _insert(journal: list[Entry], entry: Entry) -> bool:
    """Put the entry among those that are there, which are some; False if the very fact is."""
    fact = entry.fact
    at, place, last = entry.at, fact.place(), journal[-1]
    if last.at == at and last.fact.place() < place:  # what a click tells is told in order
        journal.append(entry)
        return True
    index = _after(journal, place)
    before = index - 1
    while before >= 0 and (other := journal[before]).at == at and other.fact.place() == place:
        if other.fact.fact == fact.fact:
            return False
        before -= 1
    journal.insert(index, entry)
    return True


def _after(journal: list[Entry], place: Place) -> int:
    """The index behind all entries up to that place: `bisect_right`, but that few entries are asked for more than
    their time."""
    at, low, high = place[0], 0, len(journal)
    while low < high:
        middle = (low + high) // 2
        entry = journal[middle]
        there = entry.at
        if there > at or (there == at and entry.fact.place() > place):
            high = middle
        else:
            low = middle + 1
    return low


def withdraw(profile: Profile, gone: Place) -> None:
    """Drop the fact at that place, or the preview, which was meant for somebody else."""
    profile.journal = [entry for entry in profile.journal if entry.fact.place() != gone]
    for visitor, preview in list(profile.joining.items()):
        if preview.place() == gone:
            del profile.joining[visitor]


def forget_previews(profile: Profile, watermark: int) -> None:
    """Drop the previews whose link W has passed: what they showed ahead has been inherited by now, or never will be."""
    for visitor, preview in list(profile.joining.items()):
        if preview.at < watermark:
            del profile.joining[visitor]


def own_facts(profile: Profile, until: Place | None = None) -> Iterator[FactInOrder]:
    """The waiting facts that this profile will fold itself, in order, up to and including `until`."""
    for entry in profile.journal:
        if until is not None and entry.fact.place() > until:
            return
        if entry.to == HERE:
            yield entry.fact


def held(profile: Profile) -> Iterator[Fired]:
    """The fired triggers that this profile answers for: the person's, and those on their way to be inherited."""
    for person in persons_of(profile):
        yield from person.fired


def persons_of(profile: Profile) -> Iterator[Person]:
    """The person, and those who wait to be it."""
    yield profile.person
    for inherited in own_inheritances(profile):
        yield inherited.person


def _known(profile: Profile, until: Place | None = None) -> list[FactInOrder | Joining]:
    """What waits to be folded here, and the previews of what visitors bring along, in order, up to `until`."""
    previews = (preview for preview in profile.joining.values() if until is None or preview.place() <= until)
    return sorted((*own_facts(profile, until), *previews), key=lambda fact: fact.place())


def _purchases(profile: Profile, until: Place | None, *, others: bool) -> Iterator[tuple[str, int]]:
    """The purchases known and their times, folded or waiting, up to `until`: of each order the first record only. With
    `others` also those that somebody else made on the person's device."""
    known = set(profile.person.orders)
    elsewhere = set(buying_of(profile.person).others)
    yield from _bought(profile.person)
    if others:
        yield from _bought_by_others(profile.person)
    for fact in _known(profile, until):
        if type(fact) is OrderPlaced and fact.by is None:
            if fact.order_id not in known:  # be it another's, by an older record
                known.add(fact.order_id)
                yield fact.order_id, fact.at
        elif type(fact) is OrderPlaced or type(fact) is CartBought:
            is_news = others and fact.order_id not in known and fact.order_id not in elsewhere
            if is_news and (not isinstance(fact, CartBought) or loses_cart(profile, fact)):
                elsewhere.add(fact.order_id)
                yield fact.order_id, fact.at
        elif type(fact) is Inherited or type(fact) is Joining:
            known.update(order_id for order_id, _ in _brought(fact, others=False))
            brought = _brought(fact, others=others)
            elsewhere.update(order_id for order_id, _ in brought)
            yield from brought


def _bought(person: Person) -> Iterator[tuple[str, int]]:
    return ((order_id, place[0]) for order_id, places in person.orders.items() for place in places)


def _bought_by_others(person: Person) -> Iterator[tuple[str, int]]:
    return ((order_id, place[0]) for order_id, place in buying_of(person).others.items())


def _brought(fact: Inherited | Joining, *, others: bool) -> list[tuple[str, int]]:
    if isinstance(fact, Joining):
        return [*fact.ordered, *(fact.others if others else ())]
    return [*_bought(fact.person), *(_bought_by_others(fact.person) if others else ())]


def ordered_at(profile: Profile, *, others: bool) -> int:
    """When the person last ordered, as far as is known; 0 for never. With `others` also what somebody else bought on
    the person's device. A visitor on the way to become a customer has ordered too when the order, which says so, was
    forwarded to that customer."""
    person = profile.person
    if not (profile.journal or profile.joining or person.orders or buying_of(person).others):
        return 0  # as a rule
    if not profile.joining and not any(type(one.fact) in _TELLS_OF_ORDERS for one in profile.journal):
        elsewhere = [at for at, _, _ in buying_of(person).others.values()] if others else []
        return max([at for places in person.orders.values() for at, _, _ in places] + elsewhere, default=0)
    passed_on = [
        entry.at
        for entry in profile.journal
        if type(entry.fact) is OrderPlaced
        and entry.to not in (HERE, entry.fact.by)
        and entry.fact.order_id not in profile.person.orders
    ]
    return max((*(at for _, at in _purchases(profile, None, others=others)), *passed_on), default=0)


def payment_awaited_since(profile: Profile) -> int:
    """When the person last placed an order whose payment is open, of those that wait to be folded; 0 for none. Another
    record of an order that is known is none."""
    person = profile.person
    opened = [one.fact for one in profile.journal if one.to == HERE and type(one.fact) is OrderTold and one.fact.due]
    known = (person.orders, buying_of(person).awaited)
    return max([fact.at for fact in opened if not any(fact.order_id in orders for orders in known)], default=0)


def known_orders(profile: Profile, until: Place, *, others: bool) -> list[tuple[str, int]]:
    """The purchases and their times, as far as is known at `until`; with `others` those on the person's device too."""
    return list(_purchases(profile, until, others=others))


def loses_cart(profile: Profile, fact: CartBought) -> bool:
    """Whether the person holds the cart that was bought, as far as is known before that; not if the order is known."""
    at, class_, event_id, part = fact.place()
    return lose(known_person(profile, (at, class_, event_id, part - 1)), fact, uncounted)


def known_person(profile: Profile, until: Place, how: CartMerge = "add") -> Person:
    """The person with the cart and the orders that are known at `until`: what is folded, what waits, and what visitors
    on their way to this customer bring along. `how` says what becomes of two carts. Nothing else of what waits
    is known yet."""
    person = _to_try_on(profile.person)
    for fact in _known(profile, until):
        if isinstance(fact, CartChanged | CheckoutReached | OrderPlaced | OrderTold | CartBought):
            remember(person, fact)
        elif isinstance(fact, Joining):
            orders = {order_id: ((at, CLICK, ""),) for order_id, at in fact.ordered}
            brings_cart(person, fact.cart, fact.cart_changed_at, how)
            person.orders |= {order_id: places for order_id, places in orders.items() if order_id not in person.orders}
        elif isinstance(fact, Inherited):
            brings_cart(person, fact.person.cart, fact.person.cart_changed_at, how)
            join_named_carts(person, fact.person, uncounted)
            person.orders |= fact.person.orders
            person.told = max(person.told, fact.person.told)
    return person


def _to_try_on(person: Person) -> Person:
    """The person, to try changes of the cart and orders on: what these change in place is copied."""
    carts, buying, presence = person.carts, person.buying, person.presence
    return replace(
        person,
        cart=dict(person.cart),
        orders=dict(person.orders),
        carts=carts
        and replace(
            carts,
            taken_out=dict(carts.taken_out),
            gained=dict(carts.gained),
            held=dict(carts.held),
            sold=dict(carts.sold),
        ),
        buying=buying
        and replace(buying, kept=dict(buying.kept), others=dict(buying.others), awaited=dict(buying.awaited)),
        presence=presence and replace(presence),
    )
