"""Sequence, the general rule: after an event, unless another came in time."""

from typing import Any

import pytest

from schemas.outcomes.decisions import Reason, Verdict
from tests.stories.quotes import FORM, VIEWED, book, sees_booking, sends_form
from tests.world import World, ms

# -- armed, ended, fired -----------------------------------------------------------------------------------------------


def test_it_fires_when_nothing_followed() -> None:
    """Two hours after the form, counted from its time, with what was viewed."""
    world = World(book())
    sends_form(world.sees("mug")).drain()
    (fired,) = world.fired()
    assert world.triggers() == [("sequence", "v:phone", 0, ms("2h"))]
    assert (fired["rule_id"], fired["viewed"]) == ("quote", ["mug"])


@pytest.mark.parametrize(
    ("after", "ended"), [("1ms", True), ("2h", True), ("2h 1ms", False)], ids=["within", "exactly at", "after"]
)
def test_what_it_names_under_unless_ends_it_until_it_is_due(after: str, *, ended: bool) -> None:
    """An event exactly at the due time comes before the timer."""
    world = World(book())
    sends_form(world).advance(after)
    sees_booking(world).drain()
    assert world.sent() == ([] if ended else ["sequence"])
    assert world.why("sequence") == (Reason.HAPPENED if ended else Reason.DUE)


@pytest.mark.parametrize(("first", "ended"), [("form", True), ("page", False)])
def test_of_one_instant_what_comes_later_in_the_order_ends_it(first: str, *, ended: bool) -> None:
    """The event ids decide, as everywhere."""
    world = World(book())
    form, page = ("e1", "e2") if first == "form" else ("e2", "e1")
    sees_booking(sends_form(world, event_id=form), event_id=page).drain()
    assert world.sent() == ([] if ended else ["sequence"])


def test_another_page_ends_nothing_and_another_form_begins_nothing() -> None:
    """`where` has to hold; a field that is missing is unknown, and unknown is no match."""
    only_quotes = {"event": "custom:form_sent", "where": 'event.properties.kind == "quote"'}
    world = World(book(after=only_quotes))
    sends_form(world, properties={"kind": "contact"})
    sends_form(world)
    sends_form(world.after("1m"), properties={"kind": "quote"}).visits(url="https://shop.example/").visits().drain()
    assert world.anchors("sequence") == [ms("1m")]


def test_no_wait_fires_at_once() -> None:
    """As soon as all of that instant is known: what comes later in it can still end it."""
    world = World(book(wait="0s"))
    sends_form(world).advance("5s")
    assert world.sent() == []
    assert world.advance("1ms").triggers() == [("sequence", "v:phone", 0, 0)]
    sees_booking(sends_form(world.after("1h"))).drain()
    assert world.sent() == ["sequence"]


def test_the_back_office_says_events_too() -> None:
    """Orders by their type, and how messages fared."""
    shipped = {"event": "order_shipped", "where": "event.total >= 10"}
    world = World(book(after=shipped, unless=[{"event": "message_opened"}, {"event": "order_refunded"}]))
    for order, total in (("O1", "9.99"), ("O2", "10")):
        world.after("1m").pipe({"type": "order_shipped", "order_id": order, "total": total, "customer_id": "ada"})
    world.drain()
    assert world.triggers() == [("sequence", "c:ada", ms("2m"), ms("2h 2m"))]
    for ended_by in ({"type": "message_opened"}, {"type": "order_refunded", "order_id": "O3"}):
        at = world.after("1d").clock
        world.pipe({"type": "order_shipped", "order_id": f"O{at}", "total": "10", "customer_id": "ada"})
        world.after("1h").pipe({**ended_by, "customer_id": "ada"})
    world.drain()
    assert len(world.fired()) == 1


def test_what_no_rule_asks_for_does_not_travel() -> None:
    """Nor do fields: only those that a condition, or `same`, names."""
    world = World(book(after={**FORM, "where": 'event.properties.kind == "quote"'}))
    world.signs_in("ada").visits(url="https://shop.example/").pipe({"type": "custom", "name": "other"})
    sends_form(world, properties={"kind": "quote", "secret": "x"}, url="https://shop.example/form")
    (waiting,) = [entry.fact for entry in _journal(world, "ada") if entry.fact.fact == "happened"]
    assert waiting.said == {"properties": {"kind": "quote"}}


def _journal(world: World, customer: str) -> list[Any]:
    profile = world.replay.customers._profiles.get(customer)
    assert profile is not None
    return profile.journal


# -- which of several --------------------------------------------------------------------------------------------------


def test_the_latest_moves_the_anchor_and_arms_again_after_a_trigger() -> None:
    """The default."""
    world = World(book())
    sends_form(world)
    sends_form(world.after("2h"))
    sends_form(world.after("2h 1ms")).drain()
    assert world.anchors("sequence") == [ms("2h"), ms("4h 1ms")]


def test_the_first_stays_while_it_waits() -> None:
    """One at exactly its due time is still ignored; the next begins anew."""
    world = World(book(anchor="first"))
    sends_form(world)
    sends_form(world.after("1h"))
    sends_form(world.after("1h"))
    sends_form(world.after("1ms")).drain()
    assert world.anchors("sequence") == [0, ms("2h 1ms")]


def test_each_is_an_occasion_of_its_own_and_one_answer_ends_all_before_it() -> None:
    """Two at one instant, too."""
    world = World(book(anchor="each"))
    sends_form(sends_form(world))
    sends_form(world.after("1h"))
    assert world.after("61m").anchors("sequence") == [0, 0]
    sees_booking(world)
    sends_form(world.after("1h")).drain()
    assert world.anchors("sequence") == [0, 0, ms("3h 1m")]


def test_of_each_a_hundred_wait_the_oldest_go() -> None:
    """Counted, with their verdict."""
    world = World(book(anchor="each", wait="5h"))
    for _ in range(101):
        sends_form(world.after("1m"))
    world.drain()
    assert world.anchors("sequence") == [ms(f"{minute}m") for minute in range(2, 102)]
    assert world.counts["cut", "episodes"] == 1
    assert [one.reason for one in world.decisions() if one.verdict is Verdict.ENDED] == [Reason.TOO_MANY]


def test_with_same_there_is_one_occasion_a_value() -> None:
    """Only the same value moves it, and only the same value ends it. A number is its text, with a point or without."""
    world = World(book(same="quote_id"))
    sends_form(world, properties={"quote_id": "1"})
    sends_form(world.after("10m"), properties={"quote_id": 2.0})
    sends_form(world.after("10m"), properties={"quote_id": 1})
    sees_booking(world.after("10m"), properties={"quote_id": "2"})
    sees_booking(world).drain()
    assert world.anchors("sequence") == [ms("20m")]


@pytest.mark.parametrize(
    ("field", "page", "feed"),
    [("order_id", "gid://shopify/Order/5501", 5501), ("cart_id", "gid://shopify/Cart/c1?key=82", "c1")],
)
def test_an_order_and_a_cart_are_the_same_by_any_of_their_names(field: str, page: str, feed: object) -> None:
    """As pages call them, and as the feed does."""
    world = World(book(same=field, unless=[{"event": "order_shipped"}]))
    sends_form(world, **{field: page}).after("1h")
    world.pipe({"type": "order_shipped", "order_id": "O", "visitor_id": "phone", field: feed}).drain()
    assert (world.sent(), world.why("sequence")) == ([], Reason.HAPPENED)


def test_an_event_that_cannot_have_the_value_counts_for_all() -> None:
    """An order has no properties: it ends every quote."""
    world = World(book(same="quote_id", unless=[VIEWED, {"event": "order"}]))
    sends_form(world, properties={"quote_id": "1"})
    sends_form(world, properties={"quote_id": "2"}).after("1h").orders().drain()
    assert (world.sent(), world.why("sequence")) == ([], Reason.ORDERED)


def test_each_with_same_keeps_the_first_of_a_value() -> None:
    """One occasion a value, and those without a value stand alone."""
    world = World(book(anchor="each", same="quote_id"))
    sends_form(world, properties={"quote_id": "1"})
    for _ in range(2):
        sends_form(world.after("1h"), properties={"quote_id": "1"})
        sends_form(world)
    world.drain()
    assert world.anchors("sequence") == [0, ms("1h"), ms("2h")]


# -- purchases ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("on_site", [True, False])
def test_a_purchase_ends_what_names_it(*, on_site: bool) -> None:
    """On the site, or in the order feed."""
    world = World(book(unless={"event": "order"}))
    sends_form(world).after("1h").orders(on_site=on_site).drain()
    assert (world.sent(), world.why("sequence")) == ([], Reason.ORDERED)


def test_a_purchase_is_nothing_to_what_does_not_name_it() -> None:
    """It ends, refuses and takes back nothing: a rule about a survey is not converted by an order."""
    world = World(book(unless=VIEWED))
    sends_form(world).after("1h").orders().after("1h 1m")
    assert world.sent() == ["sequence"]
    world.orders(ago="30m").orders(on_site=False).drain()
    assert (world.cancelled(), world.why("sequence")) == ([], Reason.DUE)


def test_a_purchase_that_comes_to_light_takes_back_what_names_it() -> None:
    """As it does with every abandonment."""
    world = World(book(unless={"event": "order"}))
    sends_form(world).after("2h 1m")
    world.orders(on_site=False, ago="30m").drain()
    assert world.why("sequence") is Reason.LATE_ORDER


def test_only_some_purchases_may_end_it() -> None:
    """`where` sees the order; the others leave it, before and after the trigger."""
    large = {"event": "order", "where": "event.total > 100"}
    world = World(book(unless=large))
    sends_form(world).after("1h").orders(on_site=False, total="100", currency="EUR").after("2h")
    assert (world.sent(), world.cancelled()) == (["sequence"], [])
    sends_form(world).after("1h").orders(on_site=False, total="100.01", currency="EUR").drain()
    assert world.sent() == ["sequence"]


def test_it_may_count_from_a_purchase() -> None:
    """The first record of an order is the purchase, news of it are none."""
    world = World(book(after={"event": "order", "where": 'event.order_id != "O9"'}, unless=[], anchor="each"))
    world.orders("O1", on_site=False).after("1h").orders("O1", on_site=False).orders("O9", on_site=False)
    world.pipe({"type": "order_shipped", "order_id": "O1"}).drain()
    assert world.anchors("sequence") == [0]


# -- steps -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("after", "sent"), [("25h", 1), ("26h", 1), ("26h 1ms", 2)], ids=["within", "at", "after"])
def test_an_answer_ends_a_run_of_steps_too(after: str, sent: int) -> None:
    """Until the step that waits is due."""
    world = World(book(steps=[{"wait": "0s"}, {"wait": "24h"}]))
    sends_form(world).advance(after)
    sees_booking(world).drain()
    assert len(world.fired()) == sent


def test_the_first_stays_as_long_as_its_run_goes_on() -> None:
    """A form in between changes nothing; of the latest it begins anew."""
    for anchor, anchors in (("first", [0, 0]), ("latest", [0, ms("3h"), ms("3h")])):
        world = World(book(anchor=anchor, steps=[{"wait": "0s"}, {"wait": "24h"}]))
        sends_form(sends_form(world).after("3h")).drain()
        assert world.anchors("sequence") == anchors
