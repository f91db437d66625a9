"""Taking back what has fired: when a purchase, an opt-out or an erasure makes a trigger wrong.

All three count the moment they are known, whatever W says. A profile answers for its own triggers and for those that
wait in its journal to be inherited: they are on their way for as long as W takes, and the dispatcher does not wait.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from schemas.facts.product_facts import PriceChanged
from schemas.facts.profile_facts import Inherited, Joining, OrderPlaced, OrderTold, Recalled, Receipt
from schemas.outcomes.decisions import Reason
from schemas.rules.words import DAY_MS
from schemas.state.person import Fired, Person, ends_with_a_purchase
from schemas.state.profile import VISITOR, Profile
from streams.person.consent import refuses, refuses_all
from streams.person.memory import own_orders
from streams.person.products import looked_last
from streams.person.send_log import commit, forget_sends, let_go
from streams.person.shelves import buying_of
from streams.profiles.profile import held, own_facts, persons_of
from streams.records import Tell
from streams.triggers.case import Case
from streams.triggers.kinds import row_of

FIRED_KEPT_MS: Final = 7 * DAY_MS


def bought(case: Case, profile: Profile, order: OrderPlaced, *, late: bool) -> None:
    """A purchase is known: take back what it makes wrong. Undelivered triggers go; a late order takes back, delivered
    or not, those that it would have prevented (start ≤ its time ≤ due). Exactly seven days after firing is in time."""
    if _is_no_news(profile, order):
        return
    for fired in held(profile):
        if _is_forgotten(fired, case.at) or not _concerns(order, fired):
            continue
        if late and fired.start <= order.at <= fired.due:
            case.cancel(fired, Reason.LATE_ORDER)
        elif not fired.settled and fired.start <= order.at:
            case.cancel(fired, Reason.ORDERED)


def overtaken(case: Case, profile: Profile, change: PriceChanged) -> None:
    """The price of a product has changed again, or a later look comes to light with the same change: what is fired
    because of the one before, and not delivered, goes if it is wrong now. Who is on the way to be this person has
    looked, too."""
    looks_last = all(looked_last(one, change) for one in persons_of(profile))
    for fired in held(profile):
        judge = row_of(fired.kind).overtaken
        if judge is None or fired.settled or fired.same != change.product or fired.anchor > change.at:
            continue
        if fired.anchor == change.at and not looks_last:
            continue
        reason = judge(fired, case.opened.rule_of(fired, case.rulebook), change)
        if reason is not None:
            case.cancel(fired, reason)


def _is_no_news(profile: Profile, order: OrderPlaced) -> bool:
    """Whether the purchase is known, at that time or earlier: as one of the person's, or of who waits to be it."""
    return any(_has_bought_before(person, order) for person in persons_of(profile))


def _has_bought_before(person: Person, order: OrderPlaced) -> bool:
    place = order.place()[:3]
    known = [*person.orders.get(order.order_id, ())]
    if order.by is not None and order.order_id in buying_of(person).others:
        known.append(buying_of(person).others[order.order_id])
    return any(one <= place for one in known)


def _concerns(order: OrderPlaced, fired: Fired) -> bool:
    """Somebody else's purchase on the person's device ends what is about a cart or a visit, and nothing else."""
    return order.by is None or row_of(fired.kind).of_device


def payment_opened(case: Case, profile: Profile, order: OrderTold) -> None:
    """An order has come whose payment is open: what was left in the cart or on the device is on its way to be bought,
    and what speaks of it and is not delivered goes."""
    if order.order_id in case.person.orders or order.order_id in buying_of(case.person).awaited:
        return
    for fired in held(profile):
        about = row_of(fired.kind).of_device and fired.start <= order.at
        if about and not fired.settled and not _is_forgotten(fired, case.at):
            case.cancel(fired, Reason.PAYMENT_PENDING)


def take_back(case: Case, profile: Profile, reason: Reason) -> None:
    """The person wants no more: whatever is not yet delivered goes."""
    for fired in held(profile):
        if not fired.settled:
            case.cancel(fired, reason)


def take_back_refused(case: Case, profile: Profile) -> None:
    """The person does not want messages any more, or some of them: what of these is not yet delivered goes."""
    for fired in held(profile):
        if not fired.settled and refuses(case.person, fired.channel, fired.category):
            case.cancel(fired, Reason.OPTED_OUT)


def recall(case: Case, profile: Profile, recalled: Recalled) -> None:
    """The customer that the visitor is about to become says so."""
    reason = Reason(recalled.reason)
    for fired in held(profile):
        bought = ends_with_a_purchase(fired) and fired.anchor <= recalled.at
        if not fired.settled and (reason is not Reason.ORDERED or bought):
            case.cancel(fired, reason)


def recall_of(case: Case, profile: Profile, joining: Joining) -> Recalled | None:
    """What a visitor who is about to become this person must hear at once. An order of the person counts for the
    visitor from the link on."""
    if case.person.erased:
        return Recalled(joining.at, joining.event_id, "erased")
    if case.rulebook.asks_for_consent and refuses_all(case.person):
        return Recalled(joining.at, joining.event_id, "opted_out")
    folded = (order[0] for order in own_orders(case.person) if order >= joining.place()[:3])
    at = max((*folded, *_waiting_orders(profile, joining)), default=None)
    return None if at is None else Recalled(at, joining.event_id, "ordered")


def _waiting_orders(profile: Profile, joining: Joining) -> Iterator[int]:
    """When the person has ordered since the link, by what waits: another record of an order that is older, or that the
    visitor has brought along, is no purchase."""
    known = {order_id for order_id, _ in joining.ordered}
    for fact in own_facts(profile):
        if isinstance(fact, OrderPlaced) and fact.by is None and fact.order_id not in known:
            known.add(fact.order_id)
            if fact.place() > joining.place() and not _is_no_news(profile, fact):
                yield fact.at


def recall_joining(case: Case, profile: Profile, joining: Iterable[Joining], tell: Tell) -> None:
    """Tell the visitors of these previews what they must hear at once."""
    for preview in joining:
        recalled = recall_of(case, profile, preview)
        if recalled is not None:
            tell(VISITOR + preview.visitor, recalled)


def settle(profile: Profile, receipt: Receipt) -> bool:
    """The dispatcher's last word on a trigger, also if it was taken back too late; whether this profile answers for
    it."""
    for fired in held(profile):
        if fired.trigger_id == receipt.trigger_id:
            commit(fired, receipt.state, receipt.at)
            return True
    return False


def inheriting(case: Case, inherited: Inherited) -> None:
    """What a visitor was sent is about to become this person's: taken back at once if the person wants none, or has
    bought."""
    for fired in inherited.person.fired:
        _unless_wanted(case, fired)


def look_at_inherited(case: Case, inherited: Inherited) -> None:
    """What the visitor was sent is the person's now. An order since the link that should have prevented it takes it
    back, delivered or not."""
    person, link = case.person, inherited.place()[:3]
    since = [order[0] for order in own_orders(person) if order >= link]
    for fired in person.fired:
        prevented = row_of(fired.kind).judge is None and any(fired.start <= at <= fired.due for at in since)
        if prevented and not _is_forgotten(fired, case.at):
            case.cancel(fired, Reason.LATE_ORDER)
        else:
            _unless_wanted(case, fired)


def came_to_light(case: Case, order: OrderPlaced, at: int) -> None:
    """In order, a trigger whose due time is not before the purchase, which stands `at` that time, has not fired yet:
    the order is late. Arrival has taken back what was known then; what was inherited since follows. Exit intents alone
    fire ahead of the fold."""
    for fired in case.person.fired:
        prevented = row_of(fired.kind).judge is None and fired.start <= at <= fired.due
        if prevented and _concerns(order, fired) and not _is_forgotten(fired, case.at):
            case.cancel(fired, Reason.LATE_ORDER)


def forget_fired(person: Person, watermark: int) -> None:
    """Drop fired triggers that nothing can take back any more. That they were sent is remembered for longer."""
    if person.fired and _is_forgotten(person.fired[0], watermark):
        let_go(person, [fired for fired in person.fired if _is_forgotten(fired, watermark)])
    forget_sends(person, watermark)


def _is_forgotten(fired: Fired, watermark: int) -> bool:
    return fired.fired_at + FIRED_KEPT_MS < watermark


def _unless_wanted(case: Case, fired: Fired) -> None:
    if fired.settled:
        return
    if case.person.erased:
        case.cancel(fired, Reason.ERASED)
    elif case.rulebook.asks_for_consent and refuses(case.person, fired.channel, fired.category):
        case.cancel(fired, Reason.OPTED_OUT)
    elif ends_with_a_purchase(fired) and case.ordered_at(row_of(fired.kind).of_device) > fired.anchor:
        case.cancel(fired, Reason.ORDERED)
