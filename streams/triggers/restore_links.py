"""Links that bring a cart back: where the feed has none of its own, one by the shop's template, signed and with an end.

A token is `<said>.<signature>`, both in URL-safe base64 without `=`: `said` is JSON with the `cart` that it names and
`exp`, the end, in seconds since the epoch; the signature is HMAC-SHA256 of the text before the dot. Equal triggers have
equal links: nothing in it is drawn, and no clock is asked.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass

import orjson

from schemas.state.person import Person
from streams.person.shelves import carts_of

TOKEN = "{token}"  # noqa: S105  no secret, but where one goes
"""Where a template has the token."""


@dataclass(frozen=True, slots=True)
class RestoreLinks:
    """`template` is an address with `{token}` in it, `key` what signs; a link is good for `lasts` ms from when its
    trigger was due."""

    template: str
    key: bytes
    lasts: int

    def link_to(self, cart: str, due: int) -> str:
        """The link to the cart of that name, for a trigger that was due at `due`, ms."""
        return self.template.replace(TOKEN, token(self.key, cart, (due + self.lasts) // 1000))


def restore_url_of(person: Person, key: str, links: RestoreLinks | None, due: int) -> str | None:
    """Where the cart of the person of that profile comes back: as the feed said last, else by the shop's links. These
    name the cart by the id that the feed has for it, else by its profile."""
    if carts_of(person).named.url:
        return carts_of(person).named.url
    return None if links is None else links.link_to(carts_of(person).named.id or key, due)


def token(key: bytes, cart: str, ends: int) -> str:
    """A token that names the cart, and ends at `ends`, s."""
    said = _text(orjson.dumps({"cart": cart, "exp": ends}))
    return f"{said}.{_text(hmac.digest(key, said.encode(), hashlib.sha256))}"


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()
