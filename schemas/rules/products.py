"""The sections of a rulebook about products: back in stock, price drop, low stock. Stocks are pieces in the rulebook,
and thousandths inside."""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal, NamedTuple

from pydantic import Field

from schemas.rules.timed import WaitingRule
from schemas.rules.words import Amount, DurationOrNone, duration_words

THOUSAND = 1000
HUNDRED = 100


class StockStep(NamedTuple):
    """What a record of the catalogue says of the stock of a product, in thousandths: it is `stock` now and was
    `before`, None if that was not known. The product was unavailable at some time and is on the shop, `was_out`, and
    there were at most `peak` since then."""

    stock: int
    before: int | None
    was_out: bool
    peak: int


class ProductRule(WaitingRule):
    """A rule about a product that somebody has looked at, or has asked for. The catalogue's record is its anchor; at
    once, unless it has a `wait`. What it asks of products decides what is remembered there, and what travels."""

    asks_requests: ClassVar[bool] = False
    asks_carts: ClassVar[bool] = False
    """Whether a change of the stock is for those alone who have carted the product."""
    wait: DurationOrNone = 0

    @property
    def asks_looks(self) -> bool:
        """Whether who has seen or carted a product has to be known."""
        return True

    def at_once(self) -> str:
        """How a sentence about the rule begins."""
        words = "at once" if not self.wait else f"{duration_words(self.wait)} later"
        return words[0].upper() + words[1:]

    @property
    def hears_prices(self) -> bool:
        """Whether a changed price is for whoever has looked at the product."""
        return False

    def hears_stock(self, step: StockStep) -> bool:
        """Whether that change of the stock is for whoever has looked at the product."""
        return False

    def released(self, step: StockStep) -> int:
        """Of how many of those who wait for the product the turn has come by that change of the stock."""
        return 0


class BackInStock(ProductRule):
    """A product that was unavailable has `min_stock` pieces again: told to those who asked for it, in the order of
    their asking and at most `per_unit` for each piece; with `viewers` also to those who saw it while it was gone."""

    asks_requests: ClassVar[bool] = True
    kind: Literal["back_in_stock"]
    min_stock: Annotated[int, Field(ge=1)] = 1
    per_unit: Annotated[int, Field(ge=1)] = 1
    viewers: bool = False

    @property
    def asks_looks(self) -> bool:
        """Only for viewers."""
        return self.viewers

    def occasion(self) -> str:
        """In plain language."""
        viewers = ", and to those who viewed it while it was gone" if self.viewers else ""
        enough = "is there again" if self.min_stock == 1 else f"has at least {self.min_stock} pieces again"
        return (
            f"{self.at_once()} when a product that was unavailable {enough}: to those who "
            f"asked for it, in the order of asking and at most {self.per_unit} for each piece{viewers}; unless they "
            "have bought it since"
        )

    def is_back(self, stock: int, peak: int) -> bool:
        """Whether there is enough again, for the first time since the product was unavailable."""
        return peak < self.min_stock * THOUSAND <= stock

    def hears_stock(self, step: StockStep) -> bool:
        """Viewers hear that it is back."""
        return self.viewers and step.was_out and self.is_back(step.stock, step.peak)

    def released(self, step: StockStep) -> int:
        """So many as the whole pieces are for."""
        back = step.was_out and self.is_back(step.stock, step.peak)
        return step.stock // THOUSAND * self.per_unit if back else 0


class PriceDrop(ProductRule):
    """A product costs less than when the person last saw or carted it: by at least `min_drop`, an amount in the
    product's currency, or by at least `min_drop_pct` per cent of what it cost; where the rule names neither, by
    anything."""

    kind: Literal["price_drop"]
    min_drop: Annotated[Amount, Field(gt=0)] | None = None
    min_drop_pct: Annotated[Amount, Field(gt=0, le=HUNDRED)] | None = None

    def occasion(self) -> str:
        """In plain language."""
        share = None if self.min_drop_pct is None else f"{self.min_drop_pct} %"
        least = [str(drop) for drop in (self.min_drop, share) if drop is not None]
        by = f" by at least {' or '.join(least)}" if least else ""
        when = f"when a product costs less{by} than when they last viewed or carted it"
        return f"{self.at_once()} {when}, unless the price is back, or they have bought it since"

    @property
    def hears_prices(self) -> bool:
        """Every change: one that goes back up takes a trigger back."""
        return True

    def is_a_drop(self, was: Decimal, price: Decimal) -> bool:
        """Whether a price is so far below what it was. Exactly so far is enough."""
        drop = was - price
        if drop <= 0:
            return False
        by_amount, by_share = self.min_drop, self.min_drop_pct
        if by_amount is None and by_share is None:
            return True
        enough = by_amount is not None and drop >= by_amount
        return enough or (by_share is not None and drop * HUNDRED >= was * by_share)


class LowStock(ProductRule):
    """Of a product in the person's cart there are `threshold` pieces or fewer, and were more."""

    asks_carts: ClassVar[bool] = True
    kind: Literal["low_stock"]
    threshold: Annotated[int, Field(ge=0)] = 5

    def occasion(self) -> str:
        """In plain language."""
        left = f"when no more than {self.threshold} are left of a product in their cart"
        return f"{self.at_once()} {left}, unless they take it out or order"

    def hears_stock(self, step: StockStep) -> bool:
        """It falls to the threshold or below it."""
        return step.before is not None and step.stock <= self.threshold * THOUSAND < step.before
