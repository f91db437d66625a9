"""Orders as they live, in batch, from the text of the lifecycle alone (section 2, and four rows of the table of section
3): open payments and those that fail, orders that are undone, and what counts from an order.

What the page leaves open is read so: an order whose payment is open stands for a purchase while it is waited for (its
thank-you page begins no checkout); one that never was open, and failed, takes nothing out of the cart; a click that
says that an order was placed does not know whether it is paid.
"""

from decimal import Decimal

from tests.oracle.order_books import Book, Occasion, Opened, join
from tests.oracle.order_records import delivered, first_open, identity, is_undone, payment, word
from tests.oracle.order_timers import OrderTimers
from tests.oracle.people import Person, is_thank_you
from tests.oracle.plain import PLACED, is_purchase
from tests.oracle.records import CLICK, Moment, Record, millis


class OrderWalk(OrderTimers):
    """The walk over the plain rules, with orders as they live."""

    def link(self, record: Record) -> None:
        """At the first link what is known of the visitor's orders is the customer's."""
        visitor = record.body.get("visitor_id", "")
        alone, book = self.people.get("v:" + visitor), self.books.get("v:" + visitor)
        super().link(record)
        if alone is None or "v:" + visitor in self.people:
            return
        customer = self.person("c:" + record.body["customer_id"])
        if book is not None:
            own = self.book(customer)
            join(own, self.books.pop("v:" + visitor))
            self.settle(customer, own)

    # -- records -------------------------------------------------------------------------------------------------------

    def take_click(self, person: Person, record: Record) -> None:
        """As ever; a click that says that an order was placed whose payment is waited for says nothing new."""
        body, book = record.body, self.book(person)
        before = dict(person.cart)
        if body["type"] == "order_completed":
            order = identity(body) if body.get("order_id") else body["event_id"]
            super().take_click(person, Record(record.at, body | {"type": "page_ping"}))
            if order not in book.opened:
                at = min(record.at, first_open(book.records.get(order, [])) or record.at)
                self.buy(person, book, record, order, at)
            return
        super().take_click(person, record)
        self.note_changes(person, book, before, record)

    def note_changes(self, person: Person, book: Book, before: dict[str, Decimal], record: Record) -> None:
        """When each line last changed, and the cart."""
        time, body = record.at.time, record.body
        touched = {product for product, quantity in person.cart.items() if before.get(product) != quantity}
        if body["type"] == "cart_item_added":
            touched |= {body["product_id"]} & set(person.cart)
        for product in touched:
            book.changed[product] = time
        if person.cart != before or body["type"] in ("cart_item_added", "cart_item_removed"):
            book.cart_changed = time

    def take(self, record: Record) -> None:
        """Of orders the oracle of plain rules is told only what ends carts elsewhere, and whose they are."""
        if record.at.stream == CLICK or record.body["type"].startswith("subscription_"):
            super().take(record)
            return
        super().take(Record(record.at, record.body | {"type": "told of"}))
        before, customer = self.before, record.body.get("customer_id")
        if is_purchase(record.body) and customer and before is not None and before.name != f"c:{customer}":
            self.another_bought(before, record)
        person = self.person_of_record(record)
        self.take_order_record(person, self.book(person), record)

    def concerned(self, record: Record) -> list[Person]:
        """Remembers whose the device was before the record."""
        result = super().concerned(record)
        visitor = self.customer_of.get(record.body.get("visitor_id", ""))
        self.before = self.people.get(f"c:{visitor}") if visitor else None
        return result

    def another_bought(self, person: Person, record: Record) -> None:
        """Somebody else has bought on the person's device."""
        order, book = identity(record.body), self.book(person)
        if order in person.order_ids | person.other_ids:
            return
        person.other_ids.add(order)
        person.others_orders.append(record.at)
        self.empty(person, book, record.at.time)

    def take_order_record(self, person: Person, book: Book, record: Record) -> None:
        """One record of the order feed."""
        order, body = identity(record.body), record.body
        known = book.records.setdefault(order, [])
        undone, was, came, was_open = is_undone(known), payment(known), delivered(known), first_open(known) is not None
        known.append(record)
        known.sort(key=lambda one: one.at)
        if payment(known) != "open" or is_undone(known):
            self.close(person, book, order, record.at.time, by_record=True, fails=payment(known) == "failed")
        if is_purchase(body):
            at = min(record.at, first_open(known) or record.at)
            self.buy(person, book, record, order, at, was_open=was_open)
        if is_undone(known) and not undone:
            self.undo(book, order)
        elif payment(known) == "failed" and was != "failed" and not is_undone(known):
            self.undo(book, order)
            self.arm(book, "payment_failed", Occasion(record.at.time, order))
        elif payment(known) == "open" and word(body) == "open" and not is_undone(known):
            self.open(person, book, order, record)
        now = delivered(known)
        if now is not None and now != came and is_purchase(body) and self.counts(book, order):
            self.ask(book, "delivered", Occasion(now, order))

    def open(self, person: Person, book: Book, order: str, record: Record) -> None:
        """The order takes the cart with it, and is waited for; a repeated failure's occasion is over."""
        due, at = record.body.get("payment_due_at"), record.at
        said = None if due is None or millis(due) < at.time else millis(due)
        if book.waiting.get("payment_failed", Occasion(0, "")).order == order:
            del book.waiting["payment_failed"]
        if order in book.opened:
            if said is not None:
                book.opened[order] = book.opened[order]._replace(due=said)
            return
        due = at.time + self.waits.payment if said is None else said
        if order in book.purchases:
            book.opened[order] = Opened(book.purchases[order], due, {})
            self.settle(person, book)
            return
        book.opened[order] = Opened(at, due, dict(person.cart))
        book.waiting.pop("payment_failed", None)
        self.empty(person, book, at.time)
        person.checkout_anchor = None
        person.activity_anchor = at.time
        for session in person.sessions:
            if at.time > session.end + self.rules.session_gap_ms:
                session.stood_for = True
        self.settle(person, book)

    def buy(
        self, person: Person, book: Book, record: Record, order: str, at: Moment, *, was_open: bool = False
    ) -> None:
        """A purchase at that moment, as the record says."""
        time = record.at.time
        first, placed = order not in book.purchases, record.body["type"] in PLACED
        if (first and not was_open) or placed:
            person.activity_anchor = time
        if not first and book.purchases[order] <= at:
            return
        if not first:
            person.first_orders.remove(book.purchases[order])
        person.first_orders.append(at)
        person.order_ids.add(order)
        book.purchases[order] = at
        self.answer(person, book, order, at, first=first)
        if self.counts(book, order):
            self.begin(book, order, at)

    def answer(self, person: Person, book: Book, order: str, at: Moment, *, first: bool) -> None:
        """What the purchase ends, and the lapse that counts from it."""
        if at.time > book.spoken.get("lapse", -1) and at.time >= (person.lapse_anchor or 0):
            person.lapse_anchor = at.time
        self.empty(person, book, at.time)
        step = person.checkout_anchor
        if step is not None and is_thank_you(person, step, self.rules.session_gap_ms):
            person.checkout_anchor = None  # of a purchase that nobody knew of yet
        if first:
            book.waiting.pop("payment_failed", None)
        pushed = book.waiting.get("second_purchase_push")
        if pushed is not None and pushed.order != order and at.time >= pushed.anchor:
            del book.waiting["second_purchase_push"]

    def begin(self, book: Book, order: str, at: Moment) -> None:
        """What counts from the purchase."""
        self.ask(book, "purchase", Occasion(at.time, order))
        counted = ((bought, known) for known, bought in book.purchases.items() if self.counts(book, known))
        if (at, order) == min(counted):
            for kind in ("first_purchase", "second_purchase_push"):
                book.waiting.pop(kind, None)
                self.arm(book, kind, Occasion(at.time, order))

    def ask(self, book: Book, of: str, occasion: Occasion) -> None:
        """After each order something is said; what was to be said of the same order is over."""
        book.posts = {(one, known) for one, known in book.posts if (one, known.order) != (of, occasion.order)}
        book.posts.add((of, occasion))
