"""The last look at the products of a trigger: what cannot be bought any more is left out of the payload, and where
nothing is left of what the trigger is about, it is not sent.

What somebody has ordered is told as it was, whether it can be bought again or not.
"""

from collections.abc import Callable
from decimal import Decimal

from schemas.outcomes.triggers import LINES, ORDER, VIEWED
from streams.delivery.body import Body


def products_in(body: Body) -> list[str]:
    """The products that the body of a call names, but for those that were ordered, unless it asks what others have
    bought with them."""
    said: Body = body["data"]
    lines = [] if said.get("about") == ORDER else [line["product_id"] for line in said[LINES]]
    message: Body = said.get("message") or {"products": ()}
    return [*lines, *said[VIEWED], *message["products"], *(message.get("also_bought") or {"of": ()})["of"]]


def left_of(body: Body, is_gone: Callable[[str], bool]) -> Body | None:
    """The body of a call without the products that are gone, the very same if none is; None if nothing is left of what
    the trigger is about. `value` is that of the lines that are left."""
    said: Body = body["data"]
    about, message = said.get("about"), said.get("message")
    left: Body = {VIEWED: [product for product in said[VIEWED] if not is_gone(product)]}
    if about != ORDER:
        left[LINES] = [line for line in said[LINES] if not is_gone(line["product_id"])]
    if message is not None:
        products = [product for product in message["products"] if not is_gone(product)]
        left["message"] = message | {"products": products}
    if about in (LINES, VIEWED) and said[about] and not left[about]:
        return None
    if all(left[name] == said[name] for name in left):
        return body
    if left.get(LINES, said[LINES]) != said[LINES]:
        left |= _worth(left[LINES], said)
    return body | {"data": said | left}


def _worth(lines: list[Body], said: Body) -> Body:
    """What these lines are worth, as finely as that of all was told; nothing is known of what they are worth if it was
    not of all."""
    if not lines:
        return {"value": None, "currency": None}
    if said["value"] is None:
        return {}
    worth = sum((Decimal(line["unit_price"]) * Decimal(str(line["quantity"])) for line in lines), Decimal(0))
    return {"value": str(worth.quantize(Decimal(said["value"])))}
