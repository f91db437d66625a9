"""The batch computation that a run of the whole path has to equal: every cart and every browse abandonment of a day.

It knows all events at once, a person at a time, and shares nothing with the stages. The rules are those of the plain
rulebook; all due times have passed when a run begins, but for those that wait for weeks.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from tests.bench.shop_day import ORDER, Event, person_of

GAP_MS = 30 * 60_000
WAIT_MS = 60 * 60_000

Occasion = tuple[str, str, int, int]
"""(kind, person, anchor, due): as `tests.e2e.shop.occasion` reads it off a trigger."""


def expected(events: Iterable[Event], signed_in: float) -> set[Occasion]:
    """All occasions of which a trigger has to go out."""
    by: defaultdict[str, list[Event]] = defaultdict(list)
    for event in events:
        by[event.visitor].append(event)
    found: set[Occasion] = set()
    for visitor, told in by.items():
        told.sort(key=lambda event: (event.at, event.kind == ORDER, event.event_id))
        person = person_of(visitor, signed_in)
        found |= {("cart_abandonment", person, anchor, anchor + WAIT_MS) for anchor in carts(told)}
        found |= {("browse_abandonment", person, anchor, anchor + WAIT_MS) for anchor in browses(told)}
    return found


def carts(told: Sequence[Event]) -> Iterator[int]:
    """The last change of each cart that was left for the whole wait. Something put in begins the wait, also again;
    something taken out moves it; an order or an empty cart ends it."""
    cart: Counter[str] = Counter()
    anchor: int | None = None
    for event in told:
        if anchor is not None and anchor + WAIT_MS < event.at:
            yield anchor
            anchor = None
        if event.kind == ORDER:
            cart.clear()
            anchor = None
        elif event.kind == "cart_item_added":
            cart[event.product] += event.quantity
            anchor = event.at
        elif event.kind == "cart_item_removed":
            if cart[event.product] <= event.quantity:
                del cart[event.product]
            else:
                cart[event.product] -= event.quantity
            anchor = event.at if cart and anchor is not None else None
    if anchor is not None:
        yield anchor


def browses(told: Sequence[Event]) -> Iterator[int]:
    """The end of each visit in which products were looked at and nothing was put in, if nothing came of it: no order
    from its start on, and nothing put in after its end, up to the due time."""
    orders = [event.at for event in told if event.kind == ORDER]
    added = [event.at for event in told if event.kind == "cart_item_added"]
    for visit in visits([event for event in told if event.kind != ORDER]):
        start, end, kinds = visit[0].at, visit[-1].at, {event.kind for event in visit}
        led = any(start <= at <= end + WAIT_MS for at in orders) or any(end < at <= end + WAIT_MS for at in added)
        if "product_viewed" in kinds and "cart_item_added" not in kinds and not led:
            yield end


def visits(clicks: Sequence[Event]) -> list[list[Event]]:
    """The clicks, in order, cut at pauses longer than the gap."""
    found: list[list[Event]] = []
    for click in clicks:
        if not found or click.at - found[-1][-1].at > GAP_MS:
            found.append([])
        found[-1].append(click)
    return found
