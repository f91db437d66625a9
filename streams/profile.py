"""What a profile knows, and its journal.

The journal holds facts that W has not passed, in the one order in which they count (`place()`), so that the result of
the fold does not depend on the order of arrival. Those that a visitor's profile has forwarded stay in its journal
until W has passed them, with the customer they went to: should an earlier link come to light, they can be taken back.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import NamedTuple

from schemas.facts import CartChanged, FactInOrder, Inherited, Joining, OrderPlaced, Place
from schemas.person import Cart, Person
from schemas.profile import HERE, Entry, Profile
from streams.carts import buy, change_cart, pour
from streams.limits import size_of

JOURNAL_BYTES_MAX = 192 * 1024
"""The facts that wait for W, some 900 changes of a cart: more than a person makes in the hours of an outage. The oldest
are folded early (`walk.fold_early`)."""

ENTRY_BYTES = 40
"""What an entry takes beside its fact and whom it went to."""


class Summary(NamedTuple):
    """What a stage has to know of every profile, whoever else it is: when its first fact or episode comes due
    (`wakes`, None if nothing waits), the time of the last fact or timer, how many episodes are open and how many facts
    wait. `noted` if it says whose the visitor is, or that no messages are wanted. Nothing in it depends on settings."""

    wakes: int | None
    touched: int
    noted: bool
    episodes: int
    waiting: int


def wakes(profile: Profile) -> int | None:
    """The time of the first waiting fact or due episode, None if nothing waits: that of its summary."""
    journal = profile.journal
    first = journal[0].fact.at if journal else None
    for episode in profile.person.episodes:
        if first is None or episode.due < first:
            first = episode.due
    return first


def summary(profile: Profile) -> Summary:
    """The profile's summary as it stands."""
    person = profile.person
    noted = bool(profile.links or person.opted_out or person.erased)
    return Summary(wakes(profile), profile.touched, noted, len(person.episodes), len(profile.journal))


def _place(entry: Entry) -> Place:
    return entry.fact.place()


def note(profile: Profile, entry: Entry) -> bool:
    """Put the entry into the journal at its place; False if the very fact is there already."""
    place = entry.fact.place()
    journal = profile.journal
    index = bisect_left(journal, place, key=_place)
    if index < len(journal) and journal[index].fact.place() == place and journal[index].fact.fact == entry.fact.fact:
        return False
    entry.size = size_of(entry.fact)
    insort(journal, entry, key=_place)
    profile.touched = max(profile.touched, entry.fact.at)
    return True


def waiting_bytes(profile: Profile) -> int:
    """How many bytes the facts take that wait."""
    return sum([entry_bytes(entry) for entry in profile.journal])


def entry_bytes(entry: Entry) -> int:
    """How many bytes the entry takes in the record."""
    return entry.size + len(entry.to.encode()) + ENTRY_BYTES


def withdraw(profile: Profile, gone: Place) -> None:
    """Drop the fact at that place, or the preview, which was meant for somebody else."""
    profile.journal = [entry for entry in profile.journal if entry.fact.place() != gone]
    for visitor, preview in list(profile.joining.items()):
        if preview.place() == gone:
            del profile.joining[visitor]


def own_facts(profile: Profile, until: Place | None = None) -> Iterator[FactInOrder]:
    """The waiting facts that this profile will fold itself, in order, up to and including `until`."""
    for entry in profile.journal:
        if until is not None and entry.fact.place() > until:
            return
        if entry.to == HERE:
            yield entry.fact


def _known(profile: Profile, until: Place | None = None) -> list[FactInOrder | Joining]:
    """What waits to be folded here, and the previews of what visitors bring along, in order, up to `until`."""
    previews = (preview for preview in profile.joining.values() if until is None or preview.place() <= until)
    return sorted((*own_facts(profile, until), *previews), key=lambda fact: fact.place())


def _orders(profile: Profile, until: Place | None = None) -> Iterator[tuple[str, int]]:
    """The orders known and their times, folded or waiting, up to `until`: of each the first record only."""
    known = set(profile.person.orders)
    yield from _bought(profile.person)
    for fact in _known(profile, until):
        if isinstance(fact, OrderPlaced) and fact.order_id not in known:
            known.add(fact.order_id)
            yield fact.order_id, fact.at
        elif isinstance(fact, Inherited | Joining):
            brought = list(_bought(fact.person)) if isinstance(fact, Inherited) else fact.ordered
            known.update(order_id for order_id, _ in brought)
            yield from brought


def _bought(person: Person) -> Iterator[tuple[str, int]]:
    return ((order_id, place[0]) for order_id, places in person.orders.items() for place in places)


def ordered_at(profile: Profile) -> int:
    """When the person last ordered, as far as is known; 0 for never. A visitor on the way to become a customer has
    ordered too when the order, which says so, was forwarded to that customer."""
    forwarded = [entry.fact for entry in profile.journal if entry.to != HERE and isinstance(entry.fact, OrderPlaced)]
    passed_on = (order.at for order in forwarded if order.order_id not in profile.person.orders)
    return max((*(at for _, at in _orders(profile)), *passed_on), default=0)


def known_orders(profile: Profile, until: Place) -> list[tuple[str, int]]:
    """The person's orders and their times, as far as is known at `until`."""
    return list(_orders(profile, until))


def known_cart(profile: Profile, until: Place) -> tuple[Cart, int]:
    """The cart as it is known at `until`, and when it last changed: what is folded, what waits, and what visitors on
    their way to this customer bring along."""
    person = profile.person
    cart, changed_at, ordered = dict(person.cart), person.cart_changed_at, person.last_order_at
    orders = set(person.orders)
    for fact in _known(profile, until):
        if isinstance(fact, CartChanged):
            if change_cart(cart, fact):
                changed_at = max(changed_at, fact.at)
        elif isinstance(fact, OrderPlaced) and fact.order_id not in orders:
            orders.add(fact.order_id)
            ordered = max(ordered, fact.at)
            buy(cart, fact.at)
        elif isinstance(fact, Joining):
            orders.update(order_id for order_id, _ in fact.ordered)
            if ordered <= fact.cart_changed_at:
                pour(cart, fact.cart)
                changed_at = max(changed_at, fact.cart_changed_at)
        elif isinstance(fact, Inherited):
            orders.update(fact.person.orders)
            if ordered <= fact.person.cart_changed_at:
                pour(cart, fact.person.cart)
                changed_at = max(changed_at, fact.person.cart_changed_at)
    return cart, changed_at
