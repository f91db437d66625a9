"""What customers do in a year that lasts a minute: they sign up, order, wait for parcels, come again, send back.

Each behaviour is a short story, and names what Afterclick makes of it. The pauses go with `rulebooks/demo.yaml`: a day
is a fraction of a second.
"""

from agents.demo.behaviour import Behaviour
from agents.demo.shopper import Shopper


def _signs_up(shopper: Shopper) -> None:
    """Subscribes, and allows mails: welcome, once."""
    shopper.view(2)
    shopper.subscribe()
    shopper.consent()
    shopper.linger()


def _has_a_birthday(shopper: Shopper) -> None:
    """Opens an account, and tells of the birthday, which is today: welcome, birthday."""
    shopper.view()
    shopper.register(birthday=shopper.today.strftime("%m-%d"))


def _is_a_member(shopper: Shopper) -> None:
    """Opens an account as a member, for thirty days more: welcome, and the date of the membership."""
    shopper.view()
    shopper.register(member_until=shopper.in_days(30).isoformat())


def _changes_the_password(shopper: Shopper) -> None:
    """Changes it: the account has changed."""
    shopper.page()
    shopper.sign_in()
    shopper.change_password()


def _buys(shopper: Shopper) -> None:
    """Buys, gets the parcel, and is not seen again: first purchase, what comes after the parcel, win-back, lapse."""
    shopper.page()
    shopper.sign_in()
    shopper.view()
    shopper.add()
    shopper.check_out(steps=2)
    shopper.buy()
    shopper.told_later("order_shipped", 1)
    shopper.told_later("order_delivered", 2.5)


def _buys_a_stove(shopper: Shopper) -> None:
    """Buys what needs something else: cross-sell."""
    shopper.sign_in()
    shopper.view_this("camp-stove")
    shopper.add()
    shopper.buy()


def _buys_gas(shopper: Shopper) -> None:
    """Buys what is used up: replenishment."""
    shopper.sign_in()
    shopper.view_this("gas-cartridge")
    shopper.add()
    shopper.buy()


def _comes_again(shopper: Shopper) -> None:
    """Buys a tent, and what goes into it: a regular customer, with gold; no second purchase has to be asked for."""
    shopper.sign_in()
    shopper.view_this("tent-2p")
    shopper.add()
    shopper.buy()
    shopper.told_later("order_delivered", 3)
    shopper.away(5.5, 6)
    shopper.view_this("sleeping-bag")
    shopper.add()
    shopper.buy()


def _sends_it_back(shopper: Shopper) -> None:
    """Comes again, and sends that back: neither loyal any more, nor gold."""
    _comes_again(shopper)
    shopper.told_later("order_refunded", 3)


def _cannot_pay(shopper: Shopper) -> None:
    """Orders, and the payment fails: payment failed."""
    shopper.sign_in()
    shopper.view()
    shopper.add()
    shopper.check_out()
    shopper.buy_unpaid()
    shopper.told_later("payment_failed", 1)


def _pays_late(shopper: Shopper) -> None:
    """Orders, and pays some seconds later: a purchase from the order on, and nothing is said of the payment."""
    shopper.sign_in()
    shopper.view()
    shopper.add()
    shopper.check_out()
    shopper.buy_unpaid()
    shopper.told_later("order_paid", 2)


def _has_an_old_card(shopper: Shopper) -> None:
    """Has a subscription that cannot be charged: its payment failed."""
    shopper.page()
    shopper.sign_in()
    shopper.subscription("payment_failed")


def _has_enough(shopper: Shopper) -> None:
    """Cancels a subscription: it ends."""
    shopper.page()
    shopper.sign_in()
    shopper.subscription("cancelled")


def _thinks_better_of_it(shopper: Shopper) -> None:
    """Cancels a subscription, and renews it in time: nothing is said."""
    shopper.sign_in()
    shopper.subscription("cancelled")
    shopper.subscription("renewed", in_s=1)


CUSTOMERS = {
    "signs up": Behaviour(_signs_up, 5, 0.5),
    "has a birthday": Behaviour(_has_a_birthday, 4, 0.7),
    "is a member": Behaviour(_is_a_member, 4, 0.9),
    "changes the password": Behaviour(_changes_the_password, 4, 2.1),
    "buys": Behaviour(_buys, 10, 0.3),
    "buys a stove": Behaviour(_buys_a_stove, 4, 1.1),
    "buys gas": Behaviour(_buys_gas, 4, 1.3),
    "comes again": Behaviour(_comes_again, 6, 1.5),
    "sends it back": Behaviour(_sends_it_back, 5, 0.8),
    "cannot pay": Behaviour(_cannot_pay, 5, 1.7),
    "pays late": Behaviour(_pays_late, 3, 4.0),
    "has an old card": Behaviour(_has_an_old_card, 4, 1.9),
    "has enough": Behaviour(_has_enough, 4, 2.3),
    "thinks better of it": Behaviour(_thinks_better_of_it, 3, 4.2),
}
