"""Win-back, cross-sell and replenishment in batch, from the text of the lifecycle alone (three rows of the table of
section 3, and what section 2 says of orders that are undone).

What the page leaves open is read so: several orders of one day (UTC) with a product are one purchase of it, the last;
the mean gap is that of all purchases; a product of an order counts if something of it is left; a cycle that is not
longer than the lead is none; what an order has ended stays ended; an offer bought in the same order ends the order's.
"""

from collections.abc import Iterable

from tests.oracle.lore import Lore
from tests.oracle.order_books import Book, Waits
from tests.oracle.orders import OrderWalk
from tests.oracle.people import Person
from tests.oracle.plain import Rules, Trigger
from tests.oracle.purchases import Bought, Buying, Shelf, Waiting, is_subscribed, products
from tests.oracle.records import Json, Moment, Record

NOTHING: frozenset[str] = frozenset()


class BuyingWalk(OrderWalk):
    """The walk over orders as they live, with the three kinds."""

    def __init__(self, rules: Rules, waits: Waits, settings: Buying, catalog: Iterable[Json] = ()) -> None:
        """Nobody has bought yet."""
        super().__init__(rules, waits)
        self.lore = Lore(catalog)
        self.settings = settings
        self.shelves: dict[str, Shelf] = {}

    def shelf(self, person: Person) -> Shelf:
        """Of that person."""
        return self.shelves.setdefault(person.name, Shelf())

    # -- records -------------------------------------------------------------------------------------------------------

    def take(self, record: Record) -> None:
        """As ever; then what the record has changed of one order."""
        super().take(record)
        person = self.person_of_record(record)
        if record.body["type"].startswith("subscription_"):
            self.subscribe(self.shelf(person), record)
        self.compare(person, record.at)

    def fail(self, person: Person, book: Book, order: str, due: int) -> None:
        """A payment that did not come."""
        super().fail(person, book, order, due)
        self.compare(person, Moment(due, 2, ""))

    def link(self, record: Record) -> None:
        """At the first link two shelves become one."""
        name = "v:" + record.body.get("visitor_id", "")
        known = name in self.people
        super().link(record)
        if known and name not in self.people:
            customer = self.person("c:" + record.body["customer_id"])
            own = self.shelf(customer)
            brought = self.shelves.pop(name, Shelf())
            join(own, brought)
            own.orders = self.counting(self.book(customer))
            for product in {product for bought in brought.orders.values() for product in bought.products}:
                self.lore.buys(product, name, ())
                self.lore.buys(product, customer.name, [at.time for at, _ in own.purchases(product)])
            own.cross = {(at, order) for at, order in own.cross if own.orders[order].at == at}
            own.cross = {one for one in own.cross if not own.is_answered(self.settings, one[1])}
            self.settle_silence(own)
            for product in list(own.used):
                self.settle_use(own, product)

    def counting(self, book: Book) -> dict[str, Bought]:
        """The orders that count; of those long ago nobody knows any more what was in them."""
        found = {}
        latest = sorted(book.purchases.items(), key=lambda one: one[1])
        forgotten = {order for order, _ in latest[: -self.settings.remembered]}
        for order, at in book.purchases.items():
            records = book.records.get(order, [])
            if self.counts(book, order):
                had = NOTHING if order in forgotten else products(records)
                found[order] = Bought(at, had, is_subscribed(records), order in forgotten)
        return found

    def compare(self, person: Person, at: Moment) -> None:
        """What is another than it was before the record: one order. What is forgotten is no news."""
        shelf = self.shelf(person)
        before, shelf.orders = shelf.orders, self.counting(self.book(person))
        for order in sorted(before.keys() | shelf.orders.keys()):
            was, now = before.get(order), shelf.orders.get(order)
            if was != now and not (now is not None and now.forgotten):
                self.hear(person, was, now, at)
                self.silence(shelf, order, was, now)
                self.cross(shelf, order, was, now)
                self.use(shelf, order, was, now)

    def hear(self, person: Person, was: Bought | None, now: Bought | None, at: Moment) -> None:
        """Products hear what is bought of them, and tell of themselves what they know."""
        had = NOTHING if was is None else was.products
        has = NOTHING if now is None else now.products
        moved = was is not None and now is not None and was.at != now.at
        shelf, got = self.shelf(person), has if moved else has - had
        for product in got | (had - has):
            self.lore.buys(product, person.name, [at.time for at, _ in shelf.purchases(product)])
        for product in got:
            known = self.lore.known(product, at)
            if known is not None and known.at >= (shelf.known[product].at if product in shelf.known else 0):
                shelf.known[product] = known

    # -- win-back ------------------------------------------------------------------------------------------------------

    def silence(self, shelf: Shelf, order: str, was: Bought | None, now: Bought | None) -> None:
        """The silence counts from the last purchase."""
        mine = shelf.silent is not None and shelf.silent[1] == order
        if now is None:
            shelf.silent = None if mine else shelf.silent
        elif was is None or was.at != now.at:
            last = shelf.purchases()[-1]
            if mine or last[1] == order:
                shelf.silent = last if last[0].time > shelf.silent_spoken else None

    def settle_silence(self, shelf: Shelf) -> None:
        """Two halves have met: only the last purchase of both is waited from."""
        if shelf.silent is not None:
            at, order = shelf.silent
            last = shelf.purchases()[-1] if shelf.orders else None
            is_last = last is not None and (last[1] == order or last[0] < at)
            shelf.silent = last if order in shelf.orders and is_last else None

    # -- cross-sell ----------------------------------------------------------------------------------------------------

    def cross(self, shelf: Shelf, order: str, was: Bought | None, now: Bought | None) -> None:
        """Of each order with one of `bought`, until one of `offer` is bought."""
        settings = self.settings
        if settings.cross_wait is None:
            return
        had = NOTHING if was is None else shelf.names(was.products)
        has = NOTHING if now is None else shelf.names(now.products)
        moved = was is not None and now is not None and was.at != now.at
        own = {one for one in shelf.cross if one[1] == order}
        if now is not None and (has if moved else has - had) & settings.offer:
            shelf.cross = {one for one in shelf.cross if one[1] != order and one[0] > now.at}
            own = set()
        if not has & settings.bought:
            shelf.cross -= own
        elif now is not None and (not had & settings.bought or (moved and own)):
            shelf.cross -= own
            if not shelf.is_answered(settings, order) and (now.at, order) not in shelf.cross_spoken:
                shelf.cross.add((now.at, order))

    # -- replenishment -------------------------------------------------------------------------------------------------

    def use(self, shelf: Shelf, order: str, was: Bought | None, now: Bought | None) -> None:
        """Each product is used up after its last purchase."""
        settings = self.settings
        if settings.lead is None:
            return
        had = NOTHING if was is None else was.products
        has = NOTHING if now is None else now.products
        moved = was is not None and now is not None and was.at != now.at
        got = has if moved else has - had
        for product in had - has:
            self.settle_use(shelf, product)
        if now is None:
            return
        for product, (at, of) in list(shelf.used.items()):
            enough = {product} | shelf.instead_of(settings, product)
            if of != order and at < now.at and got & enough:
                del shelf.used[product]
        for product in got:
            if product in shelf.used:
                self.settle_use(shelf, product)
            elif shelf.purchases(product)[-1][1] == order and not (now.subscribed or shelf.has_had(product, now.at)):
                told = now.at.time <= shelf.used_spoken.get(product, -1)
                if not told and not shelf.is_replaced(settings, product):
                    self.wait_for(shelf, product, (now.at, order))

    def subscribe(self, shelf: Shelf, record: Record) -> None:
        """What a subscription delivers is waited for no more."""
        shelf.subscriptions.setdefault(record.body["order_id"], []).append(record)
        for product, (at, _) in list(shelf.used.items()):
            if shelf.has_had(product, at):
                del shelf.used[product]

    def settle_use(self, shelf: Shelf, product: str) -> None:
        """What waits for the product counts from its last purchase, if there is something to wait for."""
        if product not in shelf.used:
            return
        at, order = shelf.used.pop(product)
        purchases = shelf.purchases(product)
        if order not in [of for _, of in purchases]:
            return
        last = purchases[-1]
        later = last[1] != order and last[0] > at
        if not (later or shelf.is_replaced(self.settings, product) or shelf.has_had(product, last[0])):
            self.wait_for(shelf, product, last)

    def wait_for(self, shelf: Shelf, product: str, last: Waiting) -> None:
        """The product is used up some time after that purchase, if anybody knows when."""
        lasts = shelf.lasts(self.settings, product)
        if lasts is not None and self.settings.lead is not None:
            shelf.used[product] = last
            shelf.used_due[product] = last[0].time + lasts - self.settings.lead

    # -- timers --------------------------------------------------------------------------------------------------------

    def fire_all(self, person: Person, book: Book, clock: float) -> None:
        """What was due before the clock."""
        super().fire_all(person, book, clock)
        shelf, settings = self.shelf(person), self.settings
        if settings.default and shelf.silent is not None:
            at = shelf.silent[0].time
            due = at + shelf.pause(settings)
            if clock > due:
                self.fired.add(Trigger("winback", person.name, at, due))
                shelf.silent, shelf.silent_spoken = None, at
        for waiting in sorted(shelf.cross):
            assert settings.cross_wait is not None
            due = waiting[0].time + settings.cross_wait
            if clock > due:
                self.fired.add(Trigger("cross_sell", person.name, waiting[0].time, due))
                shelf.cross.discard(waiting)
                shelf.cross_spoken.add(waiting)
        for product, (moment, _) in sorted(shelf.used.items()):
            due = shelf.used_due[product]
            if clock > due:
                self.fired.add(Trigger(f"replenishment of {product}", person.name, moment.time, due))
                shelf.used_spoken[product] = moment.time
                del shelf.used[product]


def join(own: Shelf, brought: Shelf) -> None:
    """What waits at both, and was spoken of; of one thing the later waits on."""
    if brought.silent is not None:
        own.silent = max(own.silent or brought.silent, brought.silent)
    own.silent_spoken = max(own.silent_spoken, brought.silent_spoken)
    for id_, records in brought.subscriptions.items():
        own.subscriptions.setdefault(id_, []).extend(records)
    own.cross |= brought.cross
    own.cross_spoken |= brought.cross_spoken
    for product, waiting in brought.used.items():
        own.used[product] = max(waiting, own.used.get(product, waiting))
    for product, known in brought.known.items():
        if product not in own.known or own.known[product].at < known.at:
            own.known[product] = known
    for product, time in brought.used_spoken.items():
        own.used_spoken[product] = max(time, own.used_spoken.get(product, -1))
