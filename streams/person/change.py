"""What a fact has changed of a person, for the rules that see it next."""

from typing import Final

from mypy_extensions import mypyc_attr

from schemas.state.order import Ordered
from streams.person.bought import Turn
from streams.person.orders import News


@mypyc_attr(acyclic=True)
class Change:
    """What is new: the `cart` changed; something was `added` to it, or it was `emptied` by hand; what was in it was
    `bought`, by whomever; the person `ordered` (the first record of an order), or an order turned out to be older than
    it was known to be (`moved` says since when); the person was `active` and the silence begins anew; the visit that
    is over has `gained` a fuller cart. `place` is where a purchase stands, which may be an earlier record's than that
    which shows it; `held`: an order has taken what was in the cart, and its payment is waited for; `news` is what else
    became of an order, and `turn` what it counts for. The latest price was `shown` to whoever looked last, as far as
    was heard."""

    __slots__ = (
        "active",
        "added",
        "bought",
        "cart",
        "emptied",
        "gained",
        "held",
        "moved",
        "news",
        "ordered",
        "place",
        "shown",
        "turn",
    )

    def __init__(
        self,
        *,
        cart: bool = False,
        added: bool = False,
        emptied: bool = False,
        bought: bool = False,
        ordered: bool = False,
        moved: Ordered | None = None,
        active: bool = False,
        gained: bool = False,
        place: Ordered | None = None,
        held: bool = False,
        news: News = News.NONE,
        shown: bool = False,
    ) -> None:
        self.cart = cart
        self.added = added
        self.emptied = emptied
        self.bought = bought
        self.ordered = ordered
        self.moved = moved
        self.active = active
        self.gained = gained
        self.place = place
        self.held = held
        self.news = news
        self.shown = shown
        self.turn = NO_TURN


NO_TURN: Final = Turn()
NOTHING: Final = Change()
