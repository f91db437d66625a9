"""Some messages are welcome and others are not: consent by channel and category, and what each channel needs."""

from typing import Any

import pytest

from schemas.outcomes.decisions import Reason
from schemas.topics import Topic
from tests.world import World, rule, rulebook

CART, LAPSE, INACTIVITY = "cart_abandonment", "lapse", "inactivity"


def shop(*channels: str, consent: Any = "opt_out", **fields: Any) -> World:
    """A cart reminder on these channels."""
    said: dict[str, Any] = {"channels": list(channels)} if channels else {}
    return World(rulebook(rule(CART, **said, **fields), consent=consent))


def reminded(world: World) -> tuple[str | None, Reason | None]:
    """On which channel the cart is reminded of, or why not."""
    fired = world.adds("mug").after("2h").fired()
    return (fired[-1]["channel"] if fired else None), world.why(CART)


@pytest.mark.parametrize(
    ("refused", "channels", "category", "is_silent"),
    [
        ({"channel": "email"}, ["email"], "marketing", True),
        ({"channel": "email"}, ["sms"], "marketing", False),
        ({"channel": "email"}, [], "marketing", False),
        ({"category": "marketing"}, ["email"], "marketing", True),
        ({"category": "marketing"}, [], "marketing", True),
        ({"category": "marketing"}, ["email"], "transactional", False),
        ({"channel": "email", "category": "marketing"}, ["email"], "marketing", True),
        ({"channel": "email", "category": "marketing"}, ["email"], "transactional", False),
        ({"channel": "email", "category": "marketing"}, ["sms"], "marketing", False),
        ({}, ["email"], "transactional", True),
        ({"channel": " E-Mail "}, ["email"], "marketing", True),
        ({"channel": "e-mail"}, ["sms"], "marketing", False),
        ({"channel": "In-App"}, ["in_app"], "marketing", True),
        ({"channel": "all"}, ["email"], "marketing", True),
        ({"channel": "*", "category": "ALL"}, ["email"], "transactional", True),
        ({"channel": "any", "category": "marketing"}, ["email"], "transactional", False),
        ({"channel": "email & sms"}, ["sms"], "marketing", True),
        ({"channel": "undefined"}, ["sms"], "marketing", True),
        ({"channel": "E\u200bmail"}, ["email"], "marketing", True),
        ({"channel": " Email "}, ["email"], "marketing", True),
    ],
)
def test_an_opt_out_is_about_what_it_names(
    refused: dict[str, str], channels: list[str], category: str, is_silent: bool
) -> None:
    """A channel, a category, both or all; the order receipt comes though nobody wants marketing."""
    world = shop(*channels, category=category)
    world.opts_out(**refused)
    channel, reason = reminded(world)
    assert reason is (Reason.OPTED_OUT if is_silent else Reason.DUE)
    assert channel == (None if is_silent or not channels else channels[0])


@pytest.mark.parametrize(
    ("first", "then", "is_silent"),
    [
        (("opts_out", {}), ("opts_in", {"channel": "email"}), False),
        (("opts_in", {"channel": "email"}), ("opts_out", {}), True),
        (("opts_out", {"channel": "email"}), ("opts_in", {}), False),
        (("opts_out", {"category": "marketing"}), ("opts_in", {"channel": "email"}), False),
        (("opts_in", {"channel": "email"}), ("opts_out", {"category": "marketing"}), True),
        (("opts_out", {"channel": "email"}), ("opts_in", {"channel": "sms"}), True),
    ],
)
@pytest.mark.parametrize("turned", [False, True], ids=["in_order", "repeated_late"])
def test_of_all_that_is_said_of_a_message_the_latest_counts(
    first: tuple[str, dict[str, str]], then: tuple[str, dict[str, str]], is_silent: bool, turned: bool
) -> None:
    """By its own time, however wide it is; the older word that is delivered again changes nothing."""
    world = shop("email")
    getattr(world, first[0])(**first[1])
    world.after("1h")
    getattr(world, then[0])(**then[1])
    if turned:
        world.after("1m")
        getattr(world, first[0])(**first[1], ago="61m")
    assert reminded(world)[1] is (Reason.OPTED_OUT if is_silent else Reason.DUE)


@pytest.mark.parametrize("refusal_first", [True, False])
def test_of_two_words_of_one_time_the_refusal_counts(refusal_first: bool) -> None:
    """Also where they are not equally wide."""
    world = shop("email")
    said = [world.opts_out, world.opts_in] if refusal_first else [world.opts_in, world.opts_out]
    said[0](channel="email")
    said[1]()
    assert reminded(world)[1] is Reason.OPTED_OUT


@pytest.mark.parametrize(
    ("refused", "channel"), [([], "email"), (["email"], "sms"), (["sms"], "email"), (["email", "sms"], None)]
)
def test_a_rule_takes_the_first_of_its_channels_that_is_welcome(refused: list[str], channel: str | None) -> None:
    """And none if none is."""
    world = shop("email", "sms")
    for name in refused:
        world.opts_out(channel=name)
    assert reminded(world)[0] == channel


@pytest.mark.parametrize(
    ("needs", "consented", "bought", "expected"),
    [
        ("opt_out", False, False, Reason.DUE),
        ("soft_opt_in", False, False, Reason.NOT_OPTED_IN),
        ("soft_opt_in", True, False, Reason.DUE),
        ("soft_opt_in", False, True, Reason.DUE),
        ("opt_in", False, True, Reason.NOT_OPTED_IN),
        ("opt_in", True, False, Reason.DUE),
    ],
)
def test_a_channel_may_need_consent(needs: str, consented: bool, bought: bool, expected: Reason) -> None:
    """The person's word, or at least a purchase."""
    world = shop("sms", consent={"sms": needs})
    if consented:
        world.opts_in(channel="sms")
    if bought:
        world.orders()
    assert reminded(world.after("1h"))[1] is expected


def test_a_refusal_refuses_whoever_has_bought() -> None:
    """The latest word counts, and a purchase is none."""
    world = shop("sms", consent={"sms": "soft_opt_in"})
    world.opts_out(channel="sms").orders().after("1h")
    assert reminded(world)[1] is Reason.OPTED_OUT


def test_transactional_needs_no_consent() -> None:
    """It is asked for by what it is about."""
    assert reminded(shop("sms", consent={"sms": "opt_in"}, category="transactional"))[1] is Reason.DUE


def test_what_the_channel_needs_decides_which_is_taken() -> None:
    """Nobody has consented to sms, so it is a mail."""
    assert reminded(shop("sms", "email", consent={"sms": "opt_in"}))[0] == "email"


def test_an_opt_out_takes_back_what_it_is_about_and_nothing_else() -> None:
    """Not yet delivered: the sms goes, the mail stays."""
    rules = (rule(CART, channel="sms"), rule(LAPSE, channel="email"))
    world = World(rulebook(*rules, consent="opt_out"))
    world.orders().after("1s").adds("mug").after("61m").opts_out(channel="sms")
    assert world.cancelled() == [CART]
    world.opts_out(category="marketing")
    assert sorted(world.cancelled()) == [CART, LAPSE]


def test_what_was_said_on_a_device_is_the_customers() -> None:
    """Before she signed in, and on the next device too."""
    world = shop("sms")
    world.opts_out(channel="sms").signs_in("ada").as_("laptop").signs_in("ada")
    assert reminded(world)[1] is Reason.OPTED_OUT


def test_a_refusal_of_a_channel_outlives_the_rest_of_a_visitor() -> None:
    """A visitor is forgotten after 30 days; that it wants no sms is not."""
    world = shop("sms")
    world.opts_out(channel="sms").after("40d")
    assert reminded(world)[1] is Reason.OPTED_OUT


def test_a_refusal_on_a_phone_that_was_becoming_hers_outlives_her_erasure() -> None:
    """Eve said so on a phone that was nobody's, and what that was is on its way to ada when she is forgotten: the
    refusal arrives all the same, and a consent to something else does not lift it."""
    world = World(rulebook(rule(CART, channels=["email"]), consent="opt_out"), lateness="20m")
    world.opts_out(channel="email", customer_id="eve", visitor_id="phone").advance("1m").signs_in("ada").advance("1m")
    world.asks_for_erasure(customer_id="ada", visitor_id=None).advance("1h")
    world.opts_in(channel="sms", customer_id="ada", visitor_id=None)
    assert reminded(world)[1] is Reason.OPTED_OUT


def test_consent_to_something_unreadable_is_no_consent_to_all() -> None:
    """An opt-out of something unreadable is one of everything."""
    world = shop("sms", consent={"sms": "opt_in"})
    world.opts_in(channel=["sms"]).opts_in(channel="null")
    assert world.outcomes(Topic.ENGAGEMENTS)["quarantined"] == 2
    world.opts_in(channel="sms & e-mail")
    assert reminded(world)[1] is Reason.NOT_OPTED_IN
    world = shop("sms")
    world.opts_out(channel=["sms"])
    assert reminded(world)[1] is Reason.OPTED_OUT


@pytest.mark.parametrize("channel", ["all", "Any", "*"])
def test_a_consent_may_say_that_it_is_to_all(channel: str) -> None:
    """By the word that the sender has for it."""
    world = shop("sms", consent={"sms": "opt_in"})
    world.opts_in(channel=channel)
    assert reminded(world)[1] is Reason.DUE


def test_an_erased_person_is_silent_on_every_channel() -> None:
    """Nothing ignores erasure."""
    world = shop("email", category="transactional")
    world.asks_for_erasure().after("1m")
    assert reminded(world)[1] is Reason.ERASED


def asked(condition: str, consent: Any = "opt_out", **fields: Any) -> World:
    """A cart reminder with a condition, of which policy asks nothing itself."""
    return World(rulebook(rule(CART, **{"if": condition}, **fields), consent=consent))


def holds(world: World) -> bool:
    """Whether the condition held when the reminder was due."""
    return world.adds("mug").after("2h").why(CART) is not Reason.CONDITION


EMAIL = 'person.consent("email")'


@pytest.mark.parametrize(
    ("refused", "condition", "category", "held"),
    [
        ({"channel": "email"}, EMAIL, "marketing", False),
        ({"channel": "email"}, 'person.consent("sms")', "marketing", True),
        ({"category": "marketing"}, EMAIL, "marketing", False),
        ({"category": "marketing"}, EMAIL, "transactional", True),
        ({"channel": "email", "category": "marketing"}, EMAIL, "transactional", True),
        ({"channel": "postal"}, 'person.consent("postal")', "marketing", False),
        ({}, 'person.consent("push")', "marketing", False),
        ({}, f"!{EMAIL}", "marketing", True),
    ],
)
def test_a_condition_knows_of_consent_by_channel_and_category(
    refused: dict[str, str], condition: str, category: str, held: bool
) -> None:
    """The category is the rule's; a channel may be the shop's own."""
    world = asked(condition, consent="ignore", category=category, channels=["push", "postal"])
    assert holds(world.opts_out(**refused)) is held


@pytest.mark.parametrize(
    ("needs", "does", "held"),
    [
        ("opt_out", None, True),
        ("soft_opt_in", None, False),
        ("soft_opt_in", "orders", True),
        ("opt_in", "orders", False),
        ("opt_in", "opts_in", True),
    ],
)
def test_a_condition_knows_what_the_channel_needs(needs: str, does: str | None, held: bool) -> None:
    """As the policy does: a subscriber is who has subscribed."""
    world = asked(EMAIL, consent={"email": needs, "sms": "opt_in"})
    assert holds(world if does is None else getattr(world, does)().after("1h")) is held


def test_a_condition_goes_by_the_latest_word_whenever_it_comes() -> None:
    """An opt-out that was given before the consent, and is told after it, changes nothing."""
    world = asked(EMAIL).after("2d").opts_in(channel="email").after("1h").opts_out(channel="email", ago="1d")
    assert holds(world)
    assert not holds(asked(EMAIL).after("2d").opts_out(channel="email").after("1h").opts_in(channel="email", ago="1d"))


def test_who_is_forgotten_has_agreed_to_nothing() -> None:
    """Whatever was said before."""
    world = asked(EMAIL, consent="ignore").opts_in().after("1h").asks_for_erasure().after("1h")
    assert not holds(world)
