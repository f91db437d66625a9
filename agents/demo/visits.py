"""What shoppers do on a visit: each behaviour is a short story, and names what Afterclick makes of it.

The pauses go with `rulebooks/demo.yaml`: a visit ends after 5 s of silence, a cart speaks after 6 s.
"""

from agents.demo import shelves
from agents.demo.behaviour import Behaviour
from agents.demo.shopper import Shopper


def _browses(shopper: Shopper) -> None:
    """Looks around and goes: browse abandonment."""
    shopper.page()
    shopper.linger()
    if shopper.chance(0.4):
        shopper.search()
        shopper.linger()
    shopper.view(2)


def _moves_to_leave(shopper: Shopper) -> None:
    """Three products, then off to the tab's cross: exit intent; and, having bought nothing, a window shopper."""
    shopper.view(3)
    shopper.move_to_leave()
    if shopper.chance(0.4):
        shopper.linger(1, 3)
        shopper.view()


def _bounces(shopper: Shopper) -> None:
    """One look and gone: too little for an exit intent."""
    shopper.view()
    shopper.move_to_leave()


def _dithers(shopper: Shopper) -> None:
    """In, out, in again, and gone: cart abandonment. Some are seen leaving; some come back, and some of them buy."""
    shopper.view()
    shopper.add()
    shopper.view()
    shopper.add()
    if shopper.chance(0.5):
        shopper.remove()
        shopper.view()
        shopper.add()
    if shopper.chance(0.4):
        shopper.move_to_leave()
    if shopper.chance(0.4):
        shopper.away(8, 11)
        shopper.page()
        shopper.linger(1, 3)
        if shopper.chance(0.5):
            shopper.buy()


def _leaves_the_checkout(shopper: Shopper) -> None:
    """Nearly there: checkout abandonment, and with the ladder no word about the cart."""
    if shopper.chance(0.3):
        shopper.sign_in()
    shopper.view()
    shopper.add()
    shopper.check_out(steps=2)


def _buys_on_the_phone(shopper: Shopper) -> None:
    """Fills the cart on the laptop, buys on the phone: the cart has no reason to speak."""
    shopper.view()
    shopper.sign_in()
    shopper.add()
    shopper.away(2.5, 4)
    shopper.buy_elsewhere()


def _buys_in_the_store(shopper: Shopper) -> None:
    """Fills the cart, buys in a store whose feed is late: what was said about the cart is taken back."""
    shopper.view()
    shopper.sign_in()
    shopper.add()
    shopper.away(11, 12)
    shopper.buy_elsewhere(ago_s=9)


def _changes_mind(shopper: Shopper) -> None:
    """In, and out again: nothing is left to be reminded of."""
    shopper.view()
    shopper.add()
    shopper.linger(1, 2)
    shopper.remove()


def _comes_back(shopper: Shopper) -> None:
    """Browses, sleeps on it, comes back for it: the browsing is not abandoned, the cart is."""
    shopper.view(2)
    shopper.away(5.6, 6.5)
    shopper.page()
    shopper.add()


def _falls_silent(shopper: Shopper) -> None:
    """Reads a page or two: inactivity, as after all that leaves neither a cart nor an order behind."""
    shopper.page()
    shopper.linger(2, 6)
    shopper.page()
    shopper.linger()


def _reads_for_long(shopper: Shopper) -> None:
    """Reads page after page, for longer than silence would last: nobody is inactive who is here."""
    for _ in range(4):
        shopper.page()
        shopper.away(3.8, 4.4)
    shopper.page()


def _opts_out(shopper: Shopper) -> None:
    """Fills the cart and asks for silence: nothing is sent."""
    shopper.sign_in()
    shopper.view()
    shopper.add()
    shopper.away(0.5, 1)
    shopper.opt_out()


def _runs_ahead(shopper: Shopper) -> None:
    """A phone whose clock is four minutes ahead of everybody's: counted, clamped, not lost."""
    shopper.clock_ahead(240)
    shopper.view(2)


def _was_offline(shopper: Shopper) -> None:
    """Looked at something in a tunnel: told late, and counted as late."""
    shopper.view()
    shopper.offline_view(ago_s=4)
    shopper.linger()
    shopper.unknown_type()
    shopper.view()


def _searches(shopper: Shopper) -> None:
    """Searches twice, and looks at nothing: search abandonment."""
    shopper.page()
    shopper.search()
    shopper.linger()
    shopper.search()
    shopper.linger()


def _asks_for_a_summary(shopper: Shopper) -> None:
    """Has what was looked at mailed: a visit summary, and browse abandonment all the same."""
    shopper.view(2)
    shopper.ask_by_mail("visit_summary")


def _mails_the_cart(shopper: Shopper) -> None:
    """Has the cart mailed: it comes at once, and no reminder of the cart follows."""
    shopper.view()
    shopper.add()
    shopper.ask_by_mail("email_my_cart")


def _asks_for_a_quote(shopper: Shopper) -> None:
    """Sends a form: it is answered at once, and asked about when nothing has come of it."""
    shopper.page()
    shopper.linger()
    shopper.send_form("quote")


def _waits_for_it(shopper: Shopper) -> None:
    """Wants what is sold out, and asks to be told: back in stock."""
    at_ms, product = shelves.next_sold_out(shopper.at_ms)
    shopper.stay_away_until(at_ms)
    shopper.view_this(product)
    shopper.ask_for_it()


def _eyes_a_bargain(shopper: Shopper) -> None:
    """Looks at what is too dear, and goes; then the price falls: price drop."""
    shopper.view_this(shelves.next_on_sale(shopper.at_ms))


def _takes_one_of_the_last(shopper: Shopper) -> None:
    """Has something in the cart that others buy, too: low stock."""
    shopper.view_this(shelves.next_to_run_low(shopper.at_ms))
    shopper.add()


VISITS = {
    "browses": Behaviour(_browses, 8, 0.2),
    "moves to leave": Behaviour(_moves_to_leave, 9, 0.0),
    "bounces": Behaviour(_bounces, 4, 2.2),
    "dithers": Behaviour(_dithers, 10, 0.4),
    "leaves the checkout": Behaviour(_leaves_the_checkout, 7, 0.1),
    "buys on the phone": Behaviour(_buys_on_the_phone, 4, 1.0),
    "buys in the store": Behaviour(_buys_in_the_store, 2, 1.4),
    "changes mind": Behaviour(_changes_mind, 3, 3.0),
    "comes back": Behaviour(_comes_back, 5, 1.8),
    "falls silent": Behaviour(_falls_silent, 3, 0.6),
    "reads for long": Behaviour(_reads_for_long, 2, 0.05),
    "opts out": Behaviour(_opts_out, 3, 2.6),
    "runs ahead": Behaviour(_runs_ahead, 2, 3.8),
    "was offline": Behaviour(_was_offline, 2, 4.4),
    "searches": Behaviour(_searches, 5, 1.2),
    "asks for a summary": Behaviour(_asks_for_a_summary, 4, 2.0),
    "mails the cart": Behaviour(_mails_the_cart, 4, 2.4),
    "asks for a quote": Behaviour(_asks_for_a_quote, 4, 1.6),
    "waits for it": Behaviour(_waits_for_it, 4, 3.2),
    "eyes a bargain": Behaviour(_eyes_a_bargain, 4, 2.8),
    "takes one of the last": Behaviour(_takes_one_of_the_last, 4, 3.6),
}
