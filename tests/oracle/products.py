"""Products in batch, from the text of the lifecycle (section 7) alone: what is back, what costs less, what is low.

Everything is computed anew for each record of the catalogue from all records before it. The order of events: by time,
clicks before orders before the catalogue, then by event id.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

Json = dict[str, Any]
CLICKS, ORDERS, CATALOG = 0, 1, 2
KEPT_MS = 90 * 24 * 3_600_000


class Heard(NamedTuple):
    """Somebody hears of a product; counted from the catalogue's record."""

    kind: str
    person: str
    product: str
    anchor: int


class Shop(NamedTuple):
    """The rules of the shop that the worlds play in."""

    min_stock: int
    per_unit: int
    viewers: bool
    drop_pct: int
    threshold: int


class Event(NamedTuple):
    """A record at its place."""

    at: int
    stream: int
    event_id: str
    said: Json


def in_order(clicks: Iterable[Json], orders: Iterable[Json], catalog: Iterable[Json]) -> list[Event]:
    """All records in the order of events."""
    streams = ((CLICKS, clicks), (ORDERS, orders), (CATALOG, catalog))
    events = [Event(said["occurred_at"], stream, said["event_id"], said) for stream, all_ in streams for said in all_]
    return sorted(events, key=lambda event: event[:3])


class Batch:
    """What a list of events comes to."""

    def __init__(self, events: list[Event], shop: Shop) -> None:
        self.events = events
        self.shop = shop
        self.served: dict[tuple[str, str], int] = {}
        self.heard: set[Heard] = set()
        self.drops: dict[Heard, Fraction] = {}
        for number, event in enumerate(events):
            if event.stream == CATALOG:
                self.catalog(event, events[:number])

    # -- whose -------------------------------------------------------------------------------------------------------

    def person(self, visitor: str, events: list[Event]) -> str:
        """Who the visitor is after these events."""
        for event in events:
            if event.said.get("visitor_id") == visitor and event.said.get("customer_id"):
                return "c:" + str(event.said["customer_id"])
        return "v:" + visitor

    def by_person(self, events: list[Event]) -> dict[str, list[Event]]:
        """The clicks and orders of everybody, as it is known after these events who was who."""
        found: dict[str, list[Event]] = {}
        for event in events:
            if event.stream != CATALOG:
                visitor, customer = event.said.get("visitor_id"), event.said.get("customer_id")
                owner = self.person(visitor, events) if visitor else f"c:{customer}"
                found.setdefault(owner, []).append(event)
        return found

    # -- the catalogue -----------------------------------------------------------------------------------------------

    def catalog(self, event: Event, before: list[Event]) -> None:
        """One record of one product, and what was before it."""
        product, people = event.said["product_id"], self.by_person(before)
        past = [old for old in before if old.stream == CATALOG and old.said["product_id"] == product]
        if "stock" in event.said:
            stocks = [(old.at, old.said["stock"]) for old in past if "stock" in old.said]
            self.stock(event, before, people, stocks)
        prices = [Fraction(old.said["price"]) for old in past if "price" in old.said]
        if "price" in event.said and prices and Fraction(event.said["price"]) < prices[-1]:
            self.price(event, people, past)

    def stock(self, event: Event, before: list[Event], people: dict[str, list[Event]], stocks: Any) -> None:
        """Back in stock, and low stock."""
        product, now = event.said["product_id"], event.said["stock"]
        if stocks and stocks[-1][1] > self.shop.threshold >= now:
            for person, events in people.items():
                if cart_of(person, events, before).get(product, 0) > 0:
                    self.heard.add(Heard("low_stock", person, product, event.at))
        gone = [place for place, (_, stock) in enumerate(stocks) if stock <= 0]
        if not gone or now < self.shop.min_stock:
            return
        if any(stock >= self.shop.min_stock for _, stock in stocks[gone[-1] :]):
            return
        first = gone[-1]
        while first > 0 and stocks[first - 1][1] <= 0:
            first -= 1
        self.back(event, before, people, since=stocks[first][0])

    def back(self, event: Event, before: list[Event], people: dict[str, list[Event]], since: int) -> None:
        """Serve those who wait, in the order of their asking; tell who saw it while it was gone."""
        product, told = event.said["product_id"], []
        waiting: dict[str, list[Event]] = {}
        for old in before:
            asks = old.said.get("type") == "back_in_stock_requested" and old.said["product_id"] == product
            if asks and old.at > self.served.get((product, old.said["visitor_id"]), -1):
                waiting.setdefault(old.said["visitor_id"], []).append(old)
        oldest = event.at - KEPT_MS
        queue = sorted((asked[0].at, visitor) for visitor, asked in waiting.items() if asked[-1].at >= oldest)
        for _, visitor in queue[: self.shop.per_unit * event.said["stock"]]:
            self.served[product, visitor] = event.at
            told.append((self.person(visitor, before), waiting[visitor][-1].at))
        if self.shop.viewers:
            for person, events in people.items():
                views = [old.at for old in events if is_view(old, product) and old.at > since]
                told += [(person, views[-1])] if views else []
        for person, asked_at in told:
            if not has_bought_since(people.get(person, ()), product, asked_at):
                self.heard.add(Heard("back_in_stock", person, product, event.at))

    def price(self, event: Event, people: dict[str, list[Event]], past: list[Event]) -> None:
        """It has fallen: compare with the last look of everybody. Of two devices' last looks at one instant that at the
        lower price counts."""
        product, now = event.said["product_id"], Fraction(event.said["price"])
        for person, events in people.items():
            looks = {old.said["visitor_id"]: (old.at, told) for old in events for told in looks_of(old, product)}
            at = max((at for at, _ in looks.values()), default=0)
            if not looks or at < event.at - KEPT_MS or has_bought_since(events, product, at):
                continue
            listed = [Fraction(old.said["price"]) for old in past if "price" in old.said and old.at < at]
            then = listed[-1] if listed else Fraction(0)
            was = min(then if told is None else Fraction(told) for seen_at, told in looks.values() if seen_at == at)
            if was and self.is_a_drop(was, now):
                heard = Heard("price_drop", person, product, event.at)
                self.heard.add(heard)
                self.drops[heard] = was

    def is_a_drop(self, was: Fraction, now: Fraction) -> bool:
        """By so many per cent, exactly so many included."""
        return now < was and (was - now) * 100 >= was * self.shop.drop_pct

    def taken_back(self) -> set[Heard]:
        """The drops of which the price is back later on, where nobody has delivered anything."""
        return {
            heard
            for heard, was in self.drops.items()
            for event in self.events
            if event.stream == CATALOG
            and event.said["product_id"] == heard.product
            and event.at > heard.anchor
            and "price" in event.said
            and not self.is_a_drop(was, Fraction(event.said["price"]))
        }


def drops_unanswered(events: list[Event], wait: int) -> set[tuple[str, str, int]]:
    """A sequence in a shop without customers: a lower price of what a device has looked at, unless the product is
    viewed before the wait is over; the latest counts. (device, product, counted from when)."""
    found: set[tuple[str, str, int]] = set()
    prices: dict[str, Fraction] = {}
    looked: dict[tuple[str, str], int] = {}
    armed: dict[tuple[str, str], int] = {}
    for event in events:
        said = event.said
        for device, product in [one for one, anchor in armed.items() if anchor + wait < event.at]:
            found.add((device, product, armed.pop((device, product))))
        if event.stream == CLICKS:
            for shown in {line["product_id"] for line in said.get("lines", ())} | {said.get("product_id")}:
                if shown is not None and list(looks_of(event, shown)):
                    looked[said["visitor_id"], shown] = event.at
            if said["type"] == "product_viewed":
                armed.pop((said["visitor_id"], said["product_id"]), None)
        elif event.stream == CATALOG and "price" in said:
            product, price = said["product_id"], Fraction(said["price"])
            if price < prices.get(product, price):
                armed |= {one: event.at for one, at in looked.items() if one[1] == product and event.at - KEPT_MS <= at}
            prices[product] = price
    return found | {(*one, anchor) for one, anchor in armed.items()}


def is_view(event: Event, product: str) -> bool:
    """Whether the product was seen, and not carted."""
    return event.said.get("type") == "product_viewed" and event.said.get("product_id") == product


def looks_of(event: Event, product: str) -> Iterator[Any]:
    """The price that a click told when the product was seen or carted; None if it told none."""
    said = event.said
    if said.get("type") in ("product_viewed", "cart_item_added") and said["product_id"] == product:
        yield said.get("price")
    if said.get("type") == "cart_updated":
        yield from [line.get("unit_price") for line in said["lines"] if line["product_id"] == product][-1:]


def products_bought(event: Event) -> set[str]:
    """What a purchase was of."""
    is_order = event.stream == ORDERS or event.said.get("type") == "order_completed"
    return {line["product_id"] for line in event.said.get("lines", ())} if is_order else set()


def has_bought_since(events: Iterable[Event], product: str, since: int) -> bool:
    """Whether one of the person's purchases was of the product since then, that instant included."""
    return any(product in products_bought(old) and old.at >= since for old in events)


def cart_of(person: str, events: list[Event], known: list[Event]) -> dict[str, Decimal]:
    """The person's cart. A visitor's lines are added at the link, unless the customer has ordered since the visitor's
    last cart change."""
    linked: dict[str, tuple[int, int, str]] = {}
    for event in known:
        visitor = event.said.get("visitor_id")
        if visitor and event.said.get("customer_id"):
            linked.setdefault(visitor, event[:3])
    carts: dict[str, dict[str, Decimal]] = {person: {}}
    changed: dict[str, int] = {}
    ordered = -1
    for event in events:
        visitor = event.said.get("visitor_id") or ""
        place = linked.get(visitor)
        is_own = person.startswith("v:") or (place is not None and place <= event[:3]) or not visitor
        if place == event[:3] and visitor in carts and person.startswith("c:"):
            brought = carts.pop(visitor)
            if ordered <= changed.get(visitor, -1):
                for product, quantity in brought.items():
                    carts[person][product] = carts[person].get(product, Decimal(0)) + quantity
        owner = person if is_own else visitor
        cart = carts.setdefault(owner, {})
        if change_cart(cart, event):
            changed[owner] = event.at
        if event.stream == ORDERS or event.said.get("type") == "order_completed":
            cart.clear()
            ordered = event.at if is_own else ordered
    return carts[person]


def change_cart(cart: dict[str, Decimal], event: Event) -> bool:
    """Put in, take out, or set the whole; whether the event was about the cart."""
    said = event.said
    if said.get("type") == "cart_item_added":
        cart[said["product_id"]] = cart.get(said["product_id"], Decimal(0)) + Decimal(said.get("quantity", 1))
    elif said.get("type") == "cart_item_removed":
        left = cart.get(said["product_id"], Decimal(0)) - Decimal(said.get("quantity", 1))
        cart.pop(said["product_id"], None)
        if left > 0:
            cart[said["product_id"]] = left
    elif said.get("type") == "cart_updated":
        cart.clear()
        cart.update({line["product_id"]: Decimal(line.get("quantity", 1)) for line in said["lines"]})
    else:
        return False
    return True
