"""Records of the changelogs as today's version writes them, from a shop's day: `python -m tests.streams.golden`.

It writes the files of today's versions that are not there yet, one record a line. Whoever changes a kind of record
gives it a new version, runs this, and leaves the files of older versions as they are.
"""

from collections.abc import Iterable
from pathlib import Path

from schemas.state.product import Partner
from streams import marks
from streams.products import record as product_record
from streams.products.record import ASK, BUY, LOOK, ORDER, kept_of
from streams.profiles import profile_record
from streams.stage import POSITION_KEY
from streams.state_format import StateFormat
from streams.triggers import in_force, opening_rules
from streams.triggers.in_force import RULEBOOK_KEY
from streams.triggers.opening_rules import RULE_KEY
from streams.visits import visitor_record
from streams.visits.fresh_clicks import FreshClick
from streams.visits.viewed_products import Seen
from streams.visits.visitor_record import encode
from streams.visits.visitors import Visit, Visitor, pack_times
from tests.streams.durable import DurableReplay
from tests.world import BEGINNING_MS, World, rule, rulebook

FOLDER = Path(__file__).parents[1] / "data" / "state"
BOOK = rulebook(
    rule("browse_abandonment"),
    rule("cart_abandonment", cool_down="7d", message={"template": "cart", "products": ["also_bought"]}),
    rule("checkout_abandonment", wait="3h"),
    rule("exit_intent"),
    rule("inactivity", wait="2d"),
    rule("lapse", wait="60d"),
    rule("back_in_stock", wait="2h", viewers=True),
    rule("price_drop", wait="2h"),
    rule("low_stock", wait="2h"),
    rule("replenishment", default_cycle="30d"),
    ladder=True,
    consent="opt_out",
)
VERSIONS: dict[str, StateFormat] = {
    "visitor": visitor_record.RECORD,
    "profile": profile_record.RECORD,
    "mark": marks.MARK,
    "rule": opening_rules.RULE,
    "product": product_record.RECORD,
    "looks": product_record.RECORD,
    "request": product_record.RECORD,
    "buyer": product_record.RECORD,
    "order": product_record.RECORD,
    "partner": product_record.RECORD,
    "rulebook": in_force.RECORD,
}


def day() -> DurableReplay:
    """A visitor whom nobody knows, with all that a person has; a phone that becomes ada's, on which bob buys; a tablet
    in the middle of a visit; who has opted out, and who was forgotten. Half an hour late is in time."""
    world = World(BOOK, driver=DurableReplay, lateness="30m")
    world.catalog("pot", stock=9, price="20").catalog("jug", stock=0, name="Jug", substitutes=["pot"])
    world.catalog("mug", cycle_days=40, category="cups")
    world.as_("laptop").sees("mug").adds("mug", price="19.90").checks_out().moves_to_leave()
    world.as_("phone").sees("jug").sets_cart({"jug": 1, "pot": 2})
    world.as_("tablet").adds("tea", quantity=0.3, price="9.99", currency="USD")
    world.after("10m").as_("phone").removes("pot").signs_in("ada").adds("pan")
    world.orders("O1", on_site=False, store="north", customer_id="bob", visitor_id="phone")
    world.orders("O2", on_site=False, customer_id="ada").opts_out(customer_id="cem").as_("old").opts_out()
    world.as_("gone").adds("mug").after("1m").asks_for_erasure()
    world.as_("laptop").after("4h").visits().sees("pot").adds("pot", price="5")
    world.orders("O3", on_site=False, visitor_id="laptop").settles("cart_abandonment")
    world.as_("tablet").after("5h").sees("cup").signs_in("ada").adds("cup").advance("10m")
    world.orders("O5", on_site=False, customer_id="cem", lines=[{"product_id": "mug", "unit_price": "9.90"}])
    world.pipe(
        {"type": "subscription_started", "order_id": "S1", "customer_id": "cem", "lines": [{"product_id": "tea"}]}
    )
    world.pipe({"type": "order_refunded", "order_id": "O5", "total": "1.90", "customer_id": "cem"})
    world.orders("O6", on_site=False, customer_id="cem", payment_state="pending").advance("1h")
    world.catalog("pot", stock=2, price="18.5").catalog("pot", stock=1, published=False).asks_for("jug")
    world.as_("laptop").adds("can").visits(ago="2m").advance("1m").orders("O4", on_site=False, customer_id="bob")
    assert isinstance(world.replay, DurableReplay)
    return world.replay


def by_hand() -> Iterable[bytes]:
    """Visitors with what hardly happens on one day: ties, clicks without order, two visits, letters of all sorts."""
    at = BEGINNING_MS
    over = Visit(
        at, at + 4000, "e1", "e5", [], pack_times((at, at + 1000, at + 4000)), ((at + 1000, "e2"), (at + 1000, "e3"))
    )
    over.views, over.added, over.products, over.announced = (
        3,
        1,
        {"mug": Seen(at, "e1"), "pöt": Seen(at + 1000, "e3")},
        True,
    )
    runs = Visit(
        at + 4_000_000, at + 4_060_000, "e6", "e7", [FreshClick(at + 4_060_000, "e7")], pack_times((at + 4_000_000,))
    )
    runs.namings = [FreshClick(at + 4_000_000, "e6", "ada", is_link=True), FreshClick(at + 4_060_000, "e7", "ada")]
    yield encode(Visitor((over, runs), b"12345678" * 2, b"abcdefgh", at, at + 4_060_000))
    yield encode(Visitor(seen=b"12345678", seen_since=at, last_at=at, closed_end=at))


def written() -> dict[str, list[bytes]]:
    """Records by their kind, in the order of their keys."""
    found: dict[str, dict[bytes, None]] = {kind: {} for kind in VERSIONS}
    found["visitor"] = dict.fromkeys(by_hand())
    found["partner"] = {product_record.encode(Partner(5, 9, BEGINNING_MS)): None}
    for changelog, records in day().changelogs.items():
        for key, value in sorted(records.items()):
            found[_kind(changelog, key)][value] = None
    return {kind: list(records) for kind, records in found.items()}


def _kind(changelog: str, key: bytes) -> str:
    if key.startswith(POSITION_KEY):
        return "mark"
    if key == RULEBOOK_KEY:
        return "rulebook"
    if key.startswith(RULE_KEY):
        return "rule"
    if changelog == "products":
        return {LOOK: "looks", ASK: "request", BUY: "buyer", ORDER: "order"}.get(kept_of(key).prefix, "product")
    return "visitor" if changelog == "sessions" else "profile"


def main() -> None:
    """Write what is missing."""
    for kind, records in written().items():
        version = VERSIONS[kind].version
        is_text = records[0][0] >= ord(" ")
        path = FOLDER / f"{kind}-{version}.{'jsonl' if is_text else 'hex'}"
        if not path.exists():
            lines = (record if is_text else record.hex().encode() for record in records)
            path.write_bytes(b"".join(line + b"\n" for line in lines))
            print(path.name)


if __name__ == "__main__":
    main()
