"""What a trigger asks of the message: template, products and offer, by rule and by step."""

from typing import Any

import orjson
import pytest

from schemas.outcomes.triggers import TriggerFired
from schemas.rules.text import RulebookRefused, rulebook_from_text
from streams.delivery.body import body_of
from tests.world import BEGINNING_MS, World, ms, rule, rulebook

CART, BROWSE, EXIT = "cart_abandonment", "browse_abandonment", "exit_intent"
NOTHING_ELSE = {"offer": None, "restore_url": None, "also_bought": None}
SHOWN = ["cart", "viewed"]


def messages(shop: World) -> list[Any]:
    """What the fired triggers ask of their messages."""
    return [fired["message"] for fired in shop.fired()]


def test_a_rule_that_names_no_message_asks_nothing() -> None:
    """The destination knows what to do by the kind."""
    assert messages(World(rulebook(rule(CART))).adds("mug").drain()) == [None]


def test_products_come_from_the_places_in_turn() -> None:
    """What is in the cart as it came, then what was viewed, the last first; each once."""
    said = {"template": "cart_1", "products": SHOWN, "limit": 4}
    shop = World(rulebook(rule(CART, message=said)))
    shop.sees("jug").sees("mug").sees("pot").adds("mug").adds("cup").drain()
    assert messages(shop) == [{"template": "cart_1", "products": ["mug", "cup", "pot", "jug"], **NOTHING_ELSE}]


@pytest.mark.parametrize(("limit", "shown"), [(1, ["mug"]), (2, ["mug", "cup"]), (3, ["mug", "cup"])])
def test_a_message_has_at_most_so_many_products(limit: int, shown: list[str]) -> None:
    """The first ones."""
    said = {"template": "cart_1", "products": ["cart"], "limit": limit}
    shop = World(rulebook(rule(CART, message=said))).adds("mug").adds("cup").drain()
    assert messages(shop)[0]["products"] == shown


def test_what_was_viewed_is_that_of_the_occasion() -> None:
    """A browse reminder shows the visit that it is about."""
    said = {"template": "seen", "products": ["viewed"]}
    shop = World(rulebook(rule(BROWSE, message=said))).sees("jug").sees("mug").after("50m").sees("pot").drain()
    assert [message["products"] for message in messages(shop)] == [["mug", "jug"], ["pot"]]


def test_what_is_answered_on_the_spot_has_a_message_too() -> None:
    """With the cart as it is known at that moment."""
    shop = World(rulebook(rule(EXIT, message={"template": "stay", "products": ["cart"]})))
    shop.adds("mug").moves_to_leave()
    assert messages(shop) == [{"template": "stay", "products": ["mug"], **NOTHING_ELSE}]


def test_each_step_has_its_own_message_or_that_of_the_rule() -> None:
    """The offer comes with the last step alone, and is good from its firing on."""
    last = {"template": "cart_3", "offer": {"code": "WELCOME10", "expires_after": "7d"}}
    steps = [{"wait": "0s"}, {"wait": "24h"}, {"wait": "72h", "message": last}]
    shop = World(rulebook(rule(CART, steps=steps, message={"template": "cart_1"}))).adds("mug").drain()
    assert [message["template"] for message in messages(shop)] == ["cart_1", "cart_1", "cart_3"]
    offer = {"code": "WELCOME10", "code_pool": None, "expires_at": BEGINNING_MS + ms("97h") + ms("7d")}
    assert [message["offer"] for message in messages(shop)] == [None, None, offer]


def test_a_code_without_an_end_has_none() -> None:
    """And the webhook says all of it as the topic does."""
    shop = World(rulebook(rule(CART, message={"template": "a", "offer": {"code": "X"}}))).adds("mug").drain()
    (fired,) = shop.fired()
    assert fired["message"]["offer"] == {"code": "X", "code_pool": None, "expires_at": None}
    body = body_of(TriggerFired.model_validate_json(orjson.dumps(fired)))
    assert body["data"]["message"] == fired["message"]


def test_a_code_of_a_pool_is_put_in_by_the_dispatcher() -> None:
    """The trigger names the pool; its code is nobody's yet."""
    said = {"template": "a", "offer": {"code_pool": "welcome10", "expires_after": "7d"}}
    shop = World(rulebook(rule(CART, message=said))).adds("mug").drain()
    ends = BEGINNING_MS + ms("60m") + ms("7d")
    assert messages(shop)[0]["offer"] == {"code": None, "code_pool": "welcome10", "expires_at": ends}


# -- the user's mistakes -----------------------------------------------------------------------------------------------

BOOK = """name: shop
rules:
  - id: cart
    kind: cart_abandonment
    wait: 1h
    message: {message}
"""


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("{template: a, products: [wishlist]}", "'wishlist' is no place that products come from; write cart, viewed"),
        (
            "{template: a, products: [also_bought, cart]}",
            "what room the others leave, so name it last",
        ),
        ("{template: a, products: [cart, cart]}", "products names a place twice"),
        ("{template: a, limit: 0}", "limit: 0 is too small; write at least 1"),
        ("{template: a, limit: 21}", "limit: 21 is too large; write at most 20"),
        ("{template: a, offer: {code: 'TWO WORDS'}}", "a code has no blanks"),
        ("{template: a, offer: {code: A, expires_after: soon}}", "'soon' is no duration"),
        ("{template: a, offer: {code: A, code_pool: b}}", "name one"),
        ("{template: a, offer: {expires_after: 7d}}", "name one"),
        ("{template: a, offer: {code_pool: Spring Sale}}", "'Spring Sale' is no pool; write its short name"),
        ("{products: [cart]}", "template: it is missing; write `template: …`"),
        ("{template: a, colour: red}", "there is no setting 'colour' here; there are limit, offer, products"),
    ],
)
def test_a_mistake_is_told_with_its_line(message: str, told: str) -> None:
    """In the file, in a sentence."""
    with pytest.raises(RulebookRefused) as refused:
        rulebook_from_text(BOOK.replace("{message}", message), "shop.yaml")
    (mistake,) = refused.value.mistakes
    assert mistake.startswith("shop.yaml:6: ")
    assert told in mistake


def test_the_rule_is_read_in_plain_language() -> None:
    """With what its message has."""
    said = "{template: cart_1, products: [cart, viewed], offer: {code: WELCOME10, expires_after: 7d}}"
    (one,) = rulebook_from_text(BOOK.replace("{message}", said), "shop.yaml").rules
    assert (
        "The message is 'cart_1', with up to 4 products, what is in the cart, then what was viewed last, "
        "with the code WELCOME10, good for 7 days" in one.reading
    )
