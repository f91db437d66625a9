"""Seeded synthetic shops, dense in ties, exact due times, links and repeated orders, thank-you pages, emptied carts,
whole carts, news of orders that nobody has heard of, and purchases on somebody else's device."""

from collections.abc import Callable

from tests.oracle.shop import Shop, Visitor
from tests.oracle.worlds import DAY, GAP, HOUR, MINUTE, PRODUCTS, SECOND, SILENCE, START, WAIT, Json, World, by_time

THEMES: dict[str, list[str]] = {
    "browse": ["product_viewed", "product_viewed", "page_viewed", "product_list_viewed", "product_searched"],
    "glance": ["page_viewed", "product_searched", "page_ping", "custom", "cart_viewed", "identified"],
    "exit": ["product_viewed", "product_viewed", "product_viewed", "exit_signal"],
    "cart": ["product_viewed", "cart_item_added", "cart_item_added", "cart_item_removed", "cart_viewed", "exit_signal"],
    "edit": ["cart_item_added", "cart_item_removed", "cart_item_removed", "cart_updated", "cart_updated"],
    "checkout": ["cart_item_added", "checkout_started", "checkout_progressed", "checkout_progressed", "page_ping"],
    "order": ["product_viewed", "cart_item_added", "checkout_started", "ORDER", "ORDER", "exit_signal"],
    "newcomer": ["product_viewed", "cart_item_added", "cart_item_removed", "cart_updated", "checkout_started", "ORDER"],
    "mixed": ["product_viewed", "cart_item_added", "cart_updated", "checkout_started", "ORDER", "exit_signal", "TIE"],
}


def world(seed: int, *, people: int = 24, days: int = 10) -> World:
    """A shop of so many households for so many days; the same seed gives the same world."""
    shop = Shop(seed, days)
    shared = Visitor("v-kiosk", ["c-0", "c-1", "c-0"])
    for number in range(people):
        visitors = _household(shop, number)
        if number in (0, 1):
            visitors.append(shared)
        _live(shop, visitors)
    return World(by_time(shop.clicks), by_time(shop.orders))


def _household(shop: Shop, number: int) -> list[Visitor]:
    """One customer's devices; every fourth is a device without an account, some are shared with a second customer."""
    if number % 4 == 3:
        return [Visitor(f"v-{number}-anonymous", [])]
    customer, partner = f"c-{number}", f"c-{number}-partner"
    accounts = [[customer], [customer], [customer, partner], [customer, partner, customer]]
    return [_device(shop, f"v-{number}-{device}", shop.rng.choice(accounts)) for device in range(2)]


def _device(shop: Shop, name: str, accounts: list[str]) -> Visitor:
    """A new device; some are linked by order records only."""
    visitor = Visitor(name, accounts)
    visitor.links_by_click = shop.chance(0.7)
    return visitor


def _live(shop: Shop, visitors: list[Visitor]) -> None:
    """Visits from the start to the end, many of them at an exact distance from something that happened before."""
    rng = shop.rng
    now = START + rng.randrange(0, 12 * HOUR, MINUTE)
    recent = [now]
    while now < shop.end:
        visitor = rng.choice(visitors)
        _log_in(shop, visitor)
        scene = rng.choice(SCENES) if shop.chance(0.35) else _visit
        recent = sorted(recent + scene(shop, visitor, visitors, now))[-6:]
        if shop.chance(0.55):
            distance = rng.choice([GAP, WAIT, WAIT, WAIT, SILENCE])
            now = max(recent[-1], rng.choice(recent) + distance + rng.choice([-1, 0, 0, 1]))
        else:
            now = recent[-1] + rng.choice([0, 20 * MINUTE, 2 * HOUR, 9 * HOUR, 16 * HOUR, 2 * DAY + HOUR])


def _log_in(shop: Shop, visitor: Visitor) -> None:
    """The next account of the device, or none yet."""
    if visitor.accounts and shop.chance(0.3):
        visitor.account = visitor.accounts[0]
        visitor.accounts = visitor.accounts[1:] + visitor.accounts[:1]


def _visit(shop: Shop, visitor: Visitor, visitors: list[Visitor], now: int) -> list[int]:
    """A few clicks of one theme; returns their times."""
    rng = shop.rng
    steps = THEMES[rng.choice(list(THEMES))]
    times = []
    for _ in range(rng.randint(1, 7)):
        _step(shop, visitor, visitors, rng.choice(steps), now)
        times.append(now)
        pause = rng.choice([0, 1, 20 * SECOND, 20 * SECOND, 3 * MINUTE, 3 * MINUTE, 10 * MINUTE, GAP])
        now += pause + (rng.choice([-1, 0, 0, 1]) if pause == GAP else 0)
    return times


def _step(shop: Shop, visitor: Visitor, visitors: list[Visitor], step: str, now: int) -> None:
    """One click, one purchase, or a tie of several records."""
    if step == "ORDER":
        shop.purchase(visitor, now)
    elif step == "TIE":
        _tie(shop, visitor, shop.rng.choice(visitors), now)
    else:
        shop.click(visitor, step, now)


def _tie(shop: Shop, visitor: Visitor, other: Visitor, now: int) -> None:
    """At one time: a click that links, cart events of the same and of another device, perhaps an order."""
    if visitor.accounts and visitor.account is None:
        visitor.account = visitor.accounts[0]
    shop.click(visitor, shop.rng.choice(["identified", "page_viewed", "cart_item_added"]), now, named=True)
    shop.click(visitor, shop.rng.choice(["cart_item_added", "cart_item_removed", "product_viewed"]), now)
    shop.click(other, shop.rng.choice(["cart_item_added", "checkout_started", "exit_signal"]), now)
    if shop.chance(0.5):
        shop.order(shop.whose(visitor), shop.order_id(), now)


def _answer(shop: Shop, visitor: Visitor, visitors: list[Visitor], now: int) -> list[int]:
    """Something that waits an hour, and just then an answer to it by any device or on the orders topic."""
    rng = shop.rng
    for kind in rng.choice([["product_viewed"], ["cart_item_added", "checkout_started"], ["checkout_started"]]):
        shop.click(visitor, kind, now, named=visitor.account is not None)
        now += rng.choice([0, 1, MINUTE])
        shop.click(visitor, "product_viewed", now)
    last = now
    now += rng.choice([0, 1, 20 * MINUTE, WAIT - 1, WAIT, WAIT, WAIT + 1])
    if shop.chance(0.5):
        shop.order(shop.whose(visitor), shop.order_id(), now)
    else:
        other = rng.choice(visitors)
        other.account = other.account or visitor.account
        kind = rng.choice(["cart_item_added", "cart_item_added", "order_completed", "page_viewed"])
        shop.click(other, kind, now, named=True)
    return [last, now]


def _counter(shop: Shop, visitor: Visitor, visitors: list[Visitor], now: int) -> list[int]:
    """One visit within seconds: its clicks name a customer, or two in turn, and an order between them a third."""
    rng = shop.rng
    names = [*visitor.accounts, f"c-{rng.randrange(4)}"]
    if not visitor.accounts:
        return _visit(shop, visitor, visitors, now)
    times = []
    for _ in range(rng.randint(3, 8)):
        if shop.chance(0.25):
            shop.order({"customer_id": names[-1], "visitor_id": visitor.name}, shop.order_id(), now, "order_updated")
        else:
            visitor.account = rng.choice(names[:2])
            shop.click(visitor, rng.choice([*THEMES["mixed"][:3], "page_ping"]), now, named=shop.chance(0.7))
        times.append(now)
        now += rng.choice([0, 1, SECOND, 2 * SECOND])
    return times


def _reorder(shop: Shop, visitor: Visitor, visitors: list[Visitor], now: int) -> list[int]:
    """An order, and the next one just when the first would lapse."""
    whose = shop.whose(visitor)
    again = now + SILENCE + shop.rng.choice([-1, 0, 1])
    shop.order(whose, shop.order_id(), now)
    shop.order(whose, shop.order_id(), again)
    return [shop.rng.choice([now, again])]


def _newcomer(shop: Shop, visitor: Visitor, visitors: list[Visitor], now: int) -> list[int]:
    """A device nobody knows; around it the customer acts elsewhere; then the device is linked, or it never is."""
    rng = shop.rng
    shop.number += 1
    new = _device(shop, f"v-new-{shop.number}", list(visitor.accounts))
    visitors[rng.randrange(len(visitors))] = new
    times = [now]
    for _ in range(rng.randint(1, 4)):
        _step(shop, new, visitors, rng.choice(THEMES["newcomer"]), times[-1])
        times.append(times[-1] + rng.choice([0, 1, MINUTE, 10 * MINUTE]))
    if not visitor.accounts:
        return times
    visitor.account = visitor.account or visitor.accounts[0]
    for _ in range(rng.randint(0, 3)):
        _elsewhere(shop, visitor, max(START, rng.choice(times) + rng.choice([-1, 0, 1, 5 * MINUTE, WAIT - MINUTE])))
    new.account = visitor.account
    times.append(rng.choice(times) + rng.choice([0, MINUTE, 40 * MINUTE, WAIT - 1, WAIT, WAIT + 1]))
    if shop.chance(0.5):
        shop.click(new, rng.choice(["identified", "page_viewed"]), times[-1], named=True)
    else:
        both = {"customer_id": new.account, "visitor_id": new.name}
        shop.order(both, shop.order_id(), times[-1], rng.choice(["order_placed", "order_cancelled", "order_refunded"]))
    return times


def _elsewhere(shop: Shop, visitor: Visitor, now: int) -> None:
    """The customer on a device that is known, or on the orders topic alone."""
    if shop.chance(0.35):
        shop.order({"customer_id": visitor.account}, shop.order_id(), now)
    else:
        kind = shop.rng.choice(["cart_item_added", "cart_updated", "product_viewed", "product_viewed"])
        shop.click(visitor, kind, now, named=True)


def _thank_you(shop: Shop, visitor: Visitor, visitors: list[Visitor], now: int) -> list[int]:
    """A purchase, and a step of the checkout around it, within the gap or a moment later, perhaps with a new cart."""
    rng = shop.rng
    shop.click(visitor, "cart_item_added", now)
    shop.click(visitor, "checkout_started", now + MINUTE)
    bought = now + 2 * MINUTE
    _step(shop, visitor, visitors, "ORDER", bought)
    after = bought + rng.choice([-500, 0, 1, 500, SECOND, GAP - 1, GAP, GAP, GAP + 1])
    if shop.chance(0.3):
        between = bought + rng.choice([0, 1, max(1, (after - bought) // 2)])
        shop.click(visitor, rng.choice(["cart_item_added", "cart_updated", "cart_item_removed"]), between)
    shop.click(visitor, rng.choice(["checkout_progressed", "checkout_started"]), after)
    return sorted([now, bought, after])


def _emptied(shop: Shop, visitor: Visitor, visitors: list[Visitor], now: int) -> list[int]:
    """A checkout, and around it a cart that is emptied by hand, all at once or piece by piece."""
    rng = shop.rng
    product: Json = {"product_id": rng.choice(PRODUCTS), "quantity": 1}
    shop.click(visitor, "cart_updated", now, lines=rng.choice([[product], [product], []]))
    begun = now + MINUTE
    shop.click(visitor, "checkout_started", begun)
    emptied = begun + rng.choice([-1, 0, 1, MINUTE, WAIT - 1, WAIT, WAIT + 1])
    if shop.chance(0.5):
        shop.click(visitor, "cart_updated", emptied, lines=[])
    else:
        shop.click(visitor, "cart_item_removed", emptied, **product)
    return sorted([now, begun, emptied])


def _told_whole(shop: Shop, visitor: Visitor, visitors: list[Visitor], now: int) -> list[int]:
    """A product is looked at, and the shop tells whole carts, some of them in a later visit."""
    rng = shop.rng
    times = [now]
    shop.click(visitor, "product_viewed", now)
    for _ in range(rng.randint(1, 3)):
        times.append(times[-1] + rng.choice([0, 1, MINUTE, GAP, GAP + 1, WAIT]))
        shop.click(visitor, rng.choice(["cart_updated", "cart_updated", "product_viewed"]), times[-1])
    return times


Scene = Callable[[Shop, Visitor, list[Visitor], int], list[int]]

SCENES: list[Scene] = [
    *[_answer, _answer, _counter, _reorder, _newcomer, _newcomer, _newcomer],
    *[_thank_you, _thank_you, _emptied, _told_whole],
]
