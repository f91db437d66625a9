"""Links that bring a cart back: the cart's own from the feed, else by the shop's template, signed and with an end."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.outcomes.triggers import TriggerFired
from schemas.rules.rulebook import Rulebook
from schemas.rules.text import rulebook_from_text
from streams.delivery.body import body_of
from streams.replay import Replay
from streams.shop import Shop
from streams.triggers.restore_links import RestoreLinks
from tests.world import BEGINNING_MS, World, ms, rule, rulebook

README = Path(__file__).parents[2] / "README.md"
CART = "cart_abandonment"
OWN = "https://shop.example/c/1?key=a"
KEY = b"a secret of 24 bytes, or more"
LINKS = RestoreLinks("https://shop.example/cart?t={token}", KEY, ms("30d"))
MESSAGE = {"template": "cart_1", "restore_url": True}


def shop(links: RestoreLinks | None = None, **fields: object) -> World:
    """A rule that asks for the link."""

    def driver(book: Rulebook, lateness: int) -> Replay:
        return Replay(book, lateness, shop=Shop(links))

    return World(rulebook(rule(CART, **{"message": MESSAGE, **fields})), driver=driver)


def links(world: World) -> list[Any]:
    """Those of the fired triggers."""
    return [fired["message"]["restore_url"] for fired in world.drain().fired()]


def said(link: str) -> Any:
    """What the token says."""
    text, _, signature = token_of(link).partition(".")
    assert hmac.compare_digest(decoded(signature), hmac.digest(KEY, text.encode(), "sha256"))
    return orjson.loads(decoded(text))


def token_of(link: str) -> str:
    """The token."""
    return link.removeprefix("https://shop.example/cart?t=")


def decoded(text: str) -> bytes:
    """URL-safe base64 whose padding was left out."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize(("at", "cart"), [(-1, "C-1"), (0, None), (1, None)], ids=["within", "exactly_at", "after"])
def test_the_readme_tells_shops_how_to_verify(at: int, cart: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until its end; and what somebody else has written names no cart."""
    (code,) = [part for part in README.read_text().split("```") if "def cart_of(" in part]
    shops: dict[str, Any] = {}
    exec(code.removeprefix("python"), shops)
    (link,) = links(shop(LINKS).adds("mug", cart_id="C-1"))
    monkeypatch.setattr("time.time", lambda: said(link)["exp"] + at)
    assert shops["cart_of"](token_of(link), KEY) == cart
    assert shops["cart_of"](token_of(link), KEY + b"!") is None
    forged = urlsafe_b64encode(orjson.dumps({"cart": "C-2", "exp": 1 << 40})).rstrip(b"=").decode()
    assert shops["cart_of"](f"{forged}.{token_of(link).partition('.')[2]}", KEY) is None


def test_the_carts_own_link_goes_before_the_template() -> None:
    """The feed knows best."""
    assert links(shop(LINKS).adds("mug", restore_url=OWN)) == [OWN]
    assert links(shop().adds("mug", restore_url=OWN)) == [OWN]


def test_the_last_link_that_was_said_counts() -> None:
    """One that comes late does not, and a click that says none leaves it."""
    world = shop().adds("mug", restore_url=OWN).after("1s").adds("cup", restore_url=OWN + "b").after("1s").adds("pot")
    assert links(world.sets_cart({"mug": 1}, restore_url=OWN, ago="2s")) == [OWN + "b"]


def test_a_bought_carts_link_is_not_the_next_carts() -> None:
    """Nor is that of a cart by another id."""
    world = shop().adds("mug", restore_url=OWN).after("1m").orders().after("1m").adds("cup")
    assert links(world) == [None]
    world = shop(LINKS).adds("mug", cart_id="C1", restore_url=OWN).after("1m").adds("cup", cart_id="C2")
    assert [said(link)["cart"] for link in links(world)] == ["C2"]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "shop.example/c", "", "https://" + "x" * 2041, 7])
def test_what_is_no_link_is_none(url: object) -> None:
    """A cart counts all the same; 2,048 characters are as long as one may be."""
    assert links(shop().adds("mug", restore_url=url)) == [None]
    assert links(shop().adds("mug", restore_url="https://" + "x" * 2040)) == ["https://" + "x" * 2040]


def test_a_token_names_the_cart_and_ends() -> None:
    """Counted from when the trigger was due; the same whenever it is asked for again."""
    (link,) = links(shop(LINKS).adds("mug", cart_id="C-1"))
    assert said(link) == {"cart": "C-1", "exp": (BEGINNING_MS + ms("60m") + ms("30d")) // 1000}
    assert links(shop(LINKS).adds("mug", cart_id="C-1")) == [link]


def test_a_cart_without_an_id_is_named_by_whose_it_is() -> None:
    """As the trigger's profile says."""
    world = shop(LINKS).adds("mug").after("1m").as_("tablet").signs_in("ann").adds("cup")
    assert sorted(said(link)["cart"] for link in links(world)) == ["c:ann", "v:phone"]


def test_a_sign_in_brings_the_carts_name() -> None:
    """The later word of both counts."""
    world = shop(LINKS).adds("mug", cart_id="C-1").after("1m").signs_in("ann")
    assert [said(link)["cart"] for link in links(world)] == ["C-1"]


def test_each_step_has_its_own_end() -> None:
    """Only those that ask have a link."""
    steps = [{"wait": "0s"}, {"wait": "1d", "message": {"template": "b"}}, {"wait": "1d"}]
    found = links(shop(LINKS, steps=steps).adds("mug"))
    assert found[1] is None
    assert [said(link)["exp"] - BEGINNING_MS // 1000 for link in (found[0], found[2])] == [
        (ms("60m") + ms("30d")) // 1000,
        (ms("60m") + ms("32d")) // 1000,
    ]


def test_without_a_template_there_is_none() -> None:
    """And the webhook says all of it as the topic does."""
    world = shop(LINKS).adds("mug").drain()
    (fired,) = world.fired()
    body = body_of(TriggerFired.model_validate_json(orjson.dumps(fired)))
    assert body["data"]["message"]["restore_url"] == fired["message"]["restore_url"] is not None
    assert links(shop().adds("mug")) == [None]


def test_the_rule_is_read_in_plain_language() -> None:
    """With the link."""
    text = "name: s\nrules:\n  - {id: c, kind: cart_abandonment, wait: 1h, message: {template: a, restore_url: true}}\n"
    (one,) = rulebook_from_text(text, "s.yaml").rules
    assert "The message is 'a', with a link that brings the cart back" in one.reading
