"""What a trigger says that it is about: of that something has to be there still when it is delivered."""

from tests.world import World, rule, rulebook


def told(world: World) -> list[tuple[str, str]]:
    """What was fired, and about what."""
    return [(fired["kind"], fired["about"]) for fired in world.fired()]


def test_a_cart_is_about_its_lines() -> None:
    """So is a checkout."""
    world = (
        World(rulebook(rule("cart_abandonment"), rule("checkout_abandonment", wait="30m")))
        .adds("mug")
        .checks_out()
        .after("2h")
    )
    assert told(world) == [("checkout_abandonment", "lines"), ("cart_abandonment", "lines")]


def test_a_visit_is_about_what_was_viewed() -> None:
    """And a silence about nothing that was."""
    world = World(rulebook(rule("browse_abandonment"), rule("inactivity", wait="1d"))).sees("mug").after("2d")
    assert told(world) == [("browse_abandonment", "viewed"), ("inactivity", "person")]


def test_who_leaves_leaves_the_cart_or_what_was_viewed() -> None:
    """The cart, if there is one."""
    book = rulebook(rule("exit_intent", min_views=1))
    assert told(World(book).sees("mug").moves_to_leave()) == [("exit_intent", "viewed")]
    assert told(World(book).sees("mug").adds("pot").moves_to_leave()) == [("exit_intent", "lines")]


def test_an_order_is_told_as_it_was() -> None:
    """But what is used up is to be bought again."""
    book = rulebook(rule("post_purchase", wait="1d"), rule("replenishment", default_cycle="2d"))
    world = World(book).orders("O1", on_site=False, lines=[{"product_id": "tea"}]).after("3d")
    assert told(world) == [("post_purchase", "order"), ("replenishment", "lines")]


def test_news_of_a_product_are_about_it() -> None:
    """It is all that was viewed, as far as they say."""
    world = World(rulebook(rule("price_drop", wait="0s"))).catalog("mug", price="9").after("1m").sees("mug")
    world.after("1m").catalog("mug", price="8").after("1m")
    assert told(world) == [("price_drop", "viewed")]
