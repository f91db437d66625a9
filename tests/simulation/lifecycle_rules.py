"""Rulebooks as `lifecycle.yaml` has them, with seconds for their waits: the ladder, runs of steps, sequences, products.

They follow each other in mid-flight. What differs from one to the next is what may: where a rule sends, a canary and
its waits, a rule that is there or not, a shadow. All of them ask for the same events, so that nobody waits in vain for
one that another partition does not tell yet.
"""

from functools import lru_cache
from typing import Any

from schemas.rules.rulebook import Rulebook
from tests.simulation.shop import GAP, SILENCE, WAIT

Json = dict[str, Any]

REMOVABLE, SHADOW = "callback", "call_shadow"
OF_PRODUCTS = frozenset({"back_in_stock", "price_drop", "low_stock"})
OFFERED = "jug"
"""What goes with what was bought."""
DESTINATIONS = ["shop", "esp", "sms"]


def rules_of(number: int) -> list[Json]:
    """The rules of the rulebook of that number."""
    cart: Json = {"steps": [{"wait": "0s"}, {"wait": "3s"}, {"wait": "4s"}], "stop_on": ["order", "reply"]}
    if number in (1, 4):
        cart["canary"] = "50%" if number == 1 else "30%"
        cart["steps"] = [{"wait": "1s"}, {"wait": "2s"}]
    called = {"after": {"event": "custom:called"}, "unless": ["order"], "wait": "3s"}
    mug = {"bought": ["ceramics"], "offer": [OFFERED], "wait": f"{WAIT}ms"}
    said: list[tuple[str, str, Json]] = [
        ("browse_abandonment", "browse_abandonment", {"wait": f"{WAIT}ms", "message": _message("viewed")}),
        ("cart_abandonment", "cart_abandonment", {"wait": f"{WAIT}ms", "message": _message("cart"), **cart}),
        ("checkout_abandonment", "checkout_abandonment", {"wait": "3s"}),
        ("inactivity", "inactivity", {"wait": f"{SILENCE}ms"}),
        ("welcome", "welcome", {"steps": [{"wait": "0s"}, {"wait": "5s"}], "stop_on": ["order", "click"]}),
        (REMOVABLE, "sequence", called),
        ("called_twice", "sequence", called | {"anchor": "each", "wait": "2s"}),
        ("follow_up", "sequence", {"after": {"event": "message_clicked"}, "wait": "2s", "unless": ["order"]}),
        ("drop_unseen", "sequence", _drop_unseen()),
        ("cross_sell", "cross_sell", mug),
        ("back_in_stock", "back_in_stock", {"wait": "0s", "min_stock": 2, "viewers": True}),
        ("price_drop", "price_drop", {"wait": "0s", "min_drop_pct": 10, "message": _message("viewed")}),
        ("low_stock", "low_stock", {"wait": "0s", "threshold": 3}),
    ]
    if number == 2:
        said = [one for one in said if one[0] != REMOVABLE]
    if number >= 3:
        said.append((SHADOW, "sequence", called | {"shadow": True}))
    return [
        {"id": id_, "kind": kind, "expires_after": None, "destination": DESTINATIONS[(place + number) % 3], **more}
        for place, (id_, kind, more) in enumerate(said)
    ]


def _message(*products: str) -> Json:
    return {"template": "t", "products": [*products, "also_bought"], "limit": 4}


def _drop_unseen() -> Json:
    unless = [{"event": "product_viewed"}, "order"]
    return {"after": {"event": "price_drop"}, "same": "product_id", "wait": f"{SILENCE}ms", "unless": unless}


@lru_cache(16)
def lifecycle_rulebook(number: int) -> Rulebook:
    """The rulebook of that number; 0 is the first."""
    return Rulebook.model_validate(
        {
            "name": f"lifecycle {number}",
            "session_gap": f"{GAP}ms",
            "session_max": None,
            "ladder": True,
            "consent": "opt_out",
            "already_converted": True,
            "currency": "EUR",
            "rules": rules_of(number),
        }
    )
