"""The lines and the money of a record that the contract does not take as it stands.

A record has one currency: its own, else the first that a line names. An amount in another one, or in one that we do
not know, is unknown: to take it for money without a currency would make 50 of something 50 euros.
"""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from schemas.base import LINES_MAX, MONEY_MAX
from schemas.events.currencies import UNITS
from schemas.mending.ids import read_detail_id
from schemas.mending.names import Odd, shape
from schemas.mending.values import ABSENT, Read, read_amount, read_currency, read_quantity
from schemas.outcomes.dead_letters import Oddity
from schemas.reading.json_text import Said
from schemas.reading.second_look import sums_differ

Json = dict[str, Any]

LINE = shape(
    {
        "product_id": read_detail_id,
        "quantity": read_quantity,
        "unit_price": read_amount,
        "currency": read_currency,
    },
    {"price": "unit_price"},
)
ONE = Decimal(1)


def pieces_in(quantity: Decimal) -> int | float:
    """The quantity as the contract reads it."""
    return int(quantity) if quantity == quantity.to_integral_value() else float(quantity)


def kept(read: Read, odd: Odd) -> Any:
    """What the field says, None if nothing that can be used; what was odd about it is noted."""
    if read.odd is not None:
        odd[read.odd] = None
    return read.said


@dataclass(slots=True)
class Money:
    """Reads the amounts of one record. `below_zero`: whether it may have such amounts, as only a refund has."""

    below_zero: bool
    odd: Odd
    currency: str | None = None
    unknown: bool = False
    """Whether the record's currency is none that we know."""
    mixed: bool = False
    """Whether the record names no currency, and its lines several."""
    lines: list[Json] = field(default_factory=list)
    sum: Decimal | None = Decimal(0)
    """What all lines come to, exactly, also those that are no products; None if that is not known."""

    def begin(self, own: Read, lines: list[dict[str, Read]]) -> None:
        """Find the record's currency."""
        named = [own, *(line.get("currency", ABSENT) for line in lines)]
        first = next((read for read in named if read.said is not None or read.wrong is not None), ABSENT)
        self.currency, self.unknown = kept(first, self.odd), first.wrong is not None
        self.mixed = own.said is None and any(read.said not in (None, self.currency) for read in named)

    def of_all(self, read: Read) -> Decimal | None:
        """As `amount`, of one that is told of the record as a whole."""
        return self.amount(Read(None, Oddity.AMOUNT_DROPPED) if self.mixed and read.said is not None else read)

    def amount(self, read: Read) -> Decimal | None:
        """The amount, rounded half to even to the unit of its currency; None if it is not known."""
        if read.said is not None and (self.unknown or (read.said < 0 and not self.below_zero)):
            read = Read(None, Oddity.AMOUNT_DROPPED)
        exact: Decimal | None = kept(read, self.odd)
        if exact is None:
            return None
        rounded = exact.quantize(UNITS[self.currency], ROUND_HALF_EVEN)
        if rounded != exact:
            self.odd[Oddity.AMOUNT_ROUNDED] = None
        return rounded

    def line(self, said: dict[str, Read]) -> None:
        """Take one line: into `lines` if it is a product, else for the sum alone."""
        price, quantity = said.get("unit_price", ABSENT), said.get("quantity", ABSENT)
        currency = said.get("currency", ABSENT)
        if currency.wrong is not None or currency.said not in (None, self.currency):
            self.odd[Oddity.AMOUNT_DROPPED] = None
            price = Read(None, None if price.said is None else Oddity.AMOUNT_DROPPED)
        self._add(price, quantity)
        if not self.below_zero and _is_below_zero(said):
            self.odd[Oddity.ADJUSTMENT_LINE] = None
            return
        product = said.get("product_id", ABSENT)
        if product.said is None:
            self.odd[Oddity.LINE_DROPPED] = None
            return
        line = {"product_id": kept(product, self.odd), "unit_price": self.amount(price)}
        if currency.said == self.currency:
            line["currency"] = kept(currency, self.odd)
        pieces = kept(quantity, self.odd)
        if pieces is not None:
            line["quantity"] = pieces_in(pieces)
        self.lines.append(line)

    def _add(self, price: Read, quantity: Read) -> None:
        if self.sum is None or self.unknown or price.said is None or quantity.wrong is not None:
            self.sum = None
        else:
            self.sum += price.said * (ONE if quantity.said is None else quantity.said)

    def of_lines(self) -> Decimal | None:
        """What an order comes to whose lines alone say it, discounts and corrections among them; None where these do
        not make it another than that of its products, or where it is not known."""
        if Oddity.ADJUSTMENT_LINE not in self.odd or self.sum is None or not 0 <= self.sum <= MONEY_MAX:
            return None
        return self.sum.quantize(UNITS[self.currency], ROUND_HALF_EVEN)

    def differs(self, total: Decimal | None) -> bool:
        """Whether the total is not the sum of the lines, where both are known."""
        return total is not None and self.sum is not None and sums_differ(total, self.sum, UNITS[self.currency])


def _is_below_zero(said: dict[str, Read]) -> bool:
    return any(
        (read := said.get(name)) and read.said is not None and read.said < 0 for name in ("unit_price", "quantity")
    )


def read_money(currency: Read, lines: Read, *, below_zero: bool, odd: Odd) -> Money:
    """The currency and the lines of a record: the first 500, each that is a product."""
    money = Money(below_zero, odd)
    said: list[object] = kept(lines, odd) or []
    if len(said) > LINES_MAX:
        odd[Oddity.LINES_CUT] = None
    reads = [LINE.fields(line, odd) if isinstance(line, Said) else {} for line in said[:LINES_MAX]]
    money.begin(currency, reads)
    for read in reads:
        money.line(read)
    if len(said) > LINES_MAX or not said:
        money.sum = None
    return money
