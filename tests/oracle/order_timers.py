"""What orders do when time passes: payments that have not come, and what is due that counts from an order."""

import math
from decimal import Decimal

from tests.oracle.order_books import Book, Occasion, Waits
from tests.oracle.order_records import delivered, is_undone, payment
from tests.oracle.people import Person, Session
from tests.oracle.plain import Rules, Trigger, Walk
from tests.oracle.records import ORDER, Moment, Record

UNPAID = ("open", "failed")


class OrderTimers(Walk):
    """The walk over the plain rules, and the timers of orders."""

    def __init__(self, rules: Rules, waits: Waits) -> None:
        """Nobody has ordered yet."""
        super().__init__(rules)
        self.waits = waits
        self.books: dict[str, Book] = {}

    def book(self, person: Person) -> Book:
        """What is known of the person's orders."""
        return self.books.setdefault(person.name, Book())

    def settle(self, person: Person, book: Book) -> None:
        """The plain rules see the orders whose payment is waited for."""
        person.unpaid = {order: opened.since for order, opened in book.opened.items()}

    def close(self, person: Person, book: Book, order: str, time: int, *, by_record: bool, fails: bool) -> None:
        """The payment is waited for no more; if it has failed, what the order took comes back, unless the cart was
        changed since, or another order came."""
        opened, since = book.opened.pop(order, None), person.unpaid.get(order)
        if opened is None or since is None:
            return
        book.spans.append((since, time, by_record))
        self.settle(person, book)
        others = [bought for bought in person.purchases() if bought > since]
        if fails and opened.took and book.cart_changed <= since.time and not others:
            for product, quantity in opened.took.items():
                person.cart[product] = person.cart.get(product, Decimal(0)) + quantity

    def counts(self, book: Book, order: str) -> bool:
        """Whether the order is neither undone nor unpaid."""
        records = book.records.get(order, [])
        return not is_undone(records) and payment(records) not in UNPAID

    def undo(self, book: Book, order: str) -> None:
        """What counts from the order is over."""
        for kind, occasion in list(book.waiting.items()):
            if occasion.order == order:
                del book.waiting[kind]
        book.posts = {(of, occasion) for of, occasion in book.posts if occasion.order != order}

    def arm(self, book: Book, kind: str, occasion: Occasion) -> None:
        """Of a kind one occasion waits, the later one; what was spoken of is not spoken of again."""
        waiting = book.waiting.get(kind)
        if occasion.anchor > book.spoken.get(kind, -1) and (waiting is None or waiting.anchor <= occasion.anchor):
            book.waiting[kind] = occasion

    def empty(self, person: Person, book: Book, time: int) -> None:
        """What last changed by then is bought."""
        person.cart = {product: left for product, left in person.cart.items() if book.changed.get(product, 0) > time}
        if not person.cart:
            person.cart_anchor = None

    def fire_due(self, person: Person, clock: float) -> None:
        """Payments that have not come, and what is due, in the order of time: at one time the payments first."""
        book = self.book(person)
        while True:
            due, order = min(((opened.due, order) for order, opened in book.opened.items()), default=(math.inf, ""))
            if due >= clock:
                break
            self.fire_all(person, book, due)
            self.close_sessions(person, book, int(due))
            self.fail(person, book, order, int(due))
        self.fire_all(person, book, clock)

    def fail(self, person: Person, book: Book, order: str, due: int) -> None:
        """The payment has not come."""
        body = {"type": "payment_failed", "order_id": order}
        book.records[order].append(Record(Moment(due, ORDER + 1, ""), body))
        self.close(person, book, order, due, by_record=False, fails=True)
        self.undo(book, order)
        self.arm(book, "payment_failed", Occasion(due, order))

    def fire_all(self, person: Person, book: Book, clock: float) -> None:
        """What was due before the clock."""
        if clock != math.inf:
            self.close_sessions(person, book, math.ceil(clock) - 1)
        super().fire_due(person, clock)
        waits = self.waits
        for kind, wait in (
            ("payment_failed", waits.failed),
            ("first_purchase", waits.first),
            ("second_purchase_push", waits.push),
        ):
            occasion = book.waiting.get(kind)
            if occasion is None or wait is None or clock <= occasion.anchor + wait:
                continue
            del book.waiting[kind]
            if self.holds(book, kind, occasion, occasion.anchor + wait):
                book.spoken[kind] = max(occasion.anchor, book.spoken.get(kind, -1))
                self.fired.add(Trigger(kind, person.name, occasion.anchor, occasion.anchor + wait))
        for of, occasion in sorted(book.posts):
            wait = waits.post if of == "purchase" else waits.delivered
            if wait is None or clock <= occasion.anchor + wait:
                continue
            book.posts.discard((of, occasion))
            if self.stands(book, of, occasion):
                self.fired.add(Trigger("post_purchase", person.name, occasion.anchor, occasion.anchor + wait))

    def holds(self, book: Book, kind: str, occasion: Occasion, due: int) -> bool:
        """Whether it is still so at the due time: two halves of a person may have come together."""
        others = [at.time for order, at in book.purchases.items() if order != occasion.order]
        if kind == "payment_failed":
            own = [at.time for at in book.purchases.values()]
            failed = payment(book.records[occasion.order]) == "failed"
            return failed and not any(occasion.anchor < time <= due for time in own)
        counted = [(at, order) for order, at in book.purchases.items() if self.counts(book, order)]
        if not self.counts(book, occasion.order) or min(counted)[1] != occasion.order:
            return False
        return kind == "first_purchase" or not any(occasion.anchor <= time <= due for time in others)

    def stands(self, book: Book, of: str, occasion: Occasion) -> bool:
        """Whether the order counts, and this occasion stands for it."""
        records = book.records.get(occasion.order, [])
        at = book.purchases[occasion.order].time if of == "purchase" else delivered(records)
        return self.counts(book, occasion.order) and at in (None, occasion.anchor)

    def fire_lapse(self, person: Person, clock: float) -> None:
        """Remembers of which order it was last spoken."""
        anchor = person.lapse_anchor
        super().fire_lapse(person, clock)
        if anchor is not None and person.lapse_anchor is None:
            book = self.book(person)
            book.spoken["lapse"] = max(anchor, book.spoken.get("lapse", -1))

    def close_sessions(self, person: Person, book: Book, until: int) -> None:
        """A session that was over by then is stood for by an order whose payment was waited for at its close."""
        for session in person.sessions:
            closed = session.end + self.rules.session_gap_ms
            if closed <= until and session.stood_for is None:
                session.stood_for = self.is_stood_for(person, book, session, closed)

    def is_stood_for(self, person: Person, book: Book, session: Session, closed: int) -> bool:
        """Whether an order of the session waited for its payment when the session was over."""
        if any(session.start <= at.time <= closed for at in person.unpaid.values()):
            return True
        return any(
            session.start <= since.time <= closed and (closed < until or (closed == until and not by_record))
            for since, until, by_record in book.spans
        )

    def fire_browse(self, person: Person, session: Session, clock: float) -> None:
        """Not for a session that an order has stood for."""
        self.close_sessions(person, self.book(person), math.ceil(min(clock, 1 << 60)) - 1)
        if session.stood_for:
            if clock > session.end + self.rules.session_gap_ms:
                person.sessions.remove(session)
            return
        super().fire_browse(person, session, clock)
