"""What others have bought, put into the body of a call: by the trigger's own words, and what products say by then."""

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest

import orjson

from schemas.outcomes.triggers import LINES
from streams.delivery.body import BODY_BYTES_MAX, Body


def asks_also_bought(body: Body) -> bool:
    """Whether the body is still to be told what others have bought."""
    return bool(_message(body).get("also_bought"))


def with_also_bought(
    body: Body,
    also_bought: Callable[[str], Sequence[str]],
    is_gone: Callable[[str], bool],
    bytes_max: int = BODY_BYTES_MAX,
) -> Body:
    """The body with the products that it asks for, the very same if it asks for none. What cannot be bought is left
    out, and what does not fit into so many bytes."""
    said: Body = body["data"]
    message = _message(body)
    asked = message.get("also_bought")
    if not asked:
        return body
    products: list[str] = list(message["products"])
    hidden = {*asked["of"], *asked["without"], *products, *(line["product_id"] for line in said[LINES])}
    filled = body | {"data": said | {"message": message | {"products": products, "also_bought": None}}}
    room = bytes_max - len(orjson.dumps(filled))
    for product in _in_turn([also_bought(one) for one in asked["of"]]):
        size = len(orjson.dumps(product)) + 1
        if len(products) < asked["limit"] and product not in hidden and not is_gone(product) and size <= room:
            products.append(product)
            hidden.add(product)
            room -= size
    return filled


def _message(body: Body) -> Body:
    return body["data"].get("message") or {}


def _in_turn(lists: Sequence[Sequence[str]]) -> Iterator[str]:
    """The first of each, then the second of each."""
    for rank in zip_longest(*lists):
        yield from [product for product in rank if product is not None]
