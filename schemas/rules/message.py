"""What a trigger says to whoever writes the message: which template, which products, which offer."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from schemas.rules.words import DurationOrOff, duration_words

PRODUCTS_MAX = 20
"""Products of one message: more are a catalogue."""

Source = Literal["cart", "viewed", "also_bought"]
"""Where the products of a message come from."""

ALSO_BOUGHT: Source = "also_bought"

SOURCES: dict[Source, str] = {
    "cart": "what is in the cart",
    "viewed": "what was viewed last",
    ALSO_BOUGHT: "what others have bought with it",
}


class Part(BaseModel):
    """A part of a rule: an unknown name is a mistake, and refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


POOL = re.compile(r"^[a-z0-9][a-z0-9_-]{0,63}$")


def _pool(said: str) -> str:
    if not POOL.match(said):
        raise ValueError(f"{said!r} is no pool; write its short name in small letters, such as welcome10")
    return said


def _code(said: str) -> str:
    if said.split() != [said]:
        raise ValueError(f"{said!r} is no code; a code has no blanks, as in WELCOME10")
    return said


class Offer(Part):
    """A `code` that is the same for everybody, or one of the shop's `code_pool` that is each person's own; and how long
    it is said to be good for, counted from the moment that the trigger was due, or was put off to."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_code)] | None = None
    code_pool: Annotated[str, AfterValidator(_pool)] | None = None
    expires_after: DurationOrOff = None

    @model_validator(mode="after")
    def _has_one_code(self) -> Self:
        if (self.code is None) == (self.code_pool is None):
            raise ValueError("an offer has a `code` for all, or a `code_pool` to take each person's from; name one")
        return self

    @property
    def reading(self) -> str:
        """In plain language."""
        what = f"the code {self.code}" if self.code is not None else f"a code of one's own from {self.code_pool!r}"
        return what + ("" if self.expires_after is None else f", good for {duration_words(self.expires_after)}")


class Message(Part):
    """`template` is a name that the destination knows. `products` are taken from these places in turn, each once, at
    most `limit` of them. With `restore_url` it has a link that brings the cart back."""

    template: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    products: tuple[Source, ...] = ()
    limit: Annotated[int, Field(ge=1, le=PRODUCTS_MAX)] = 4
    offer: Offer | None = None
    restore_url: bool = False

    @model_validator(mode="before")
    @classmethod
    def _names_are_known(cls, said: Any) -> Any:
        products = said.get("products") if isinstance(said, dict) else None
        named = products if isinstance(products, list | tuple) else []
        for name in named:
            if name not in SOURCES:
                raise ValueError(f"{name!r} is no place that products come from; write cart, viewed or also_bought")
        if len(set(named)) < len(named):
            raise ValueError("products names a place twice; name each once, the first to be shown first")
        if ALSO_BOUGHT in named[:-1]:
            raise ValueError("also_bought fills what room the others leave, so name it last")
        return said

    @property
    def reading(self) -> str:
        """In plain language, a sentence without its stop."""
        said = [f"The message is {self.template!r}"]
        if self.products:
            places = ", then ".join(SOURCES[source] for source in self.products)
            said.append(f"with up to {self.limit} products, {places}")
        if self.offer is not None:
            said.append(f"with {self.offer.reading}")
        if self.restore_url:
            said.append("with a link that brings the cart back")
        return ", ".join(said)
