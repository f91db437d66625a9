"""Answers to messages: who follows a link in one, replies to it or opens it hears no further step, where the rule says
so. A click counts only with the visit that it leads to."""

import pytest

from schemas.outcomes.decisions import Reason, Verdict
from schemas.topics import Topic
from tests.world import World, rule, rulebook

CART = "cart_abandonment"
TWICE = [{"wait": "0s"}, {"wait": "24h"}]
CLICK, REPLY, OPEN = "message_clicked", "message_replied", "message_opened"


def book(*stop_on: str, **fields: object) -> World:
    """A shop that reminds of a cart after an hour, and a day later."""
    return World(rulebook(rule(CART, steps=TWICE, stop_on=list(stop_on), **fields)))


def asked(*stop_on: str) -> World:
    """The first reminder is out for an hour."""
    return book(*stop_on).adds("mug").after("2h")


def heard(world: World) -> list[int]:
    """The steps that went out, in the end."""
    world.advance("10d")
    return [fired["step"] for fired in world.fired()]


def why(world: World) -> tuple[Verdict, Reason, int]:
    """What became of the run in the end."""
    decision = world.decisions()[-1]
    return decision.verdict, decision.reason, decision.step


@pytest.mark.parametrize(
    ("answer", "type_", "reason"), [("reply", REPLY, Reason.REPLIED), ("open", OPEN, Reason.OPENED)]
)
def test_a_reply_or_an_open_ends_the_run_of_a_rule_that_asks_for_it(answer: str, type_: str, reason: Reason) -> None:
    """At once."""
    world = asked(answer).pipe({"type": type_})
    assert heard(world) == [1]
    assert why(world) == (Verdict.ENDED, reason, 2)


@pytest.mark.parametrize("stop_on", [["order"], ["click", "reply"], ["order", "visit", "click", "reply"], []])
def test_an_open_is_no_answer_unless_the_rule_says_so(stop_on: list[str]) -> None:
    """Mail programs open by themselves."""
    assert heard(asked(*stop_on).pipe({"type": OPEN})) == [1, 2]


@pytest.mark.parametrize("type_", [CLICK, REPLY, OPEN])
def test_what_the_rule_does_not_name_is_no_answer(type_: str) -> None:
    """Nor does it leave the first stage: nobody is known by it."""
    world = asked("order").as_("stranger").pipe({"type": type_, "customer_id": "eve"})
    assert world.outcomes(Topic.ENGAGEMENTS) == {"applied": 1}
    assert "customer-inbox" not in {name[1] for name in world.counts if name[0] == "records"}
    assert heard(world) == [1, 2]


@pytest.mark.parametrize(
    ("pause", "steps"),
    [("0s", [1]), ("1s", [1]), ("10m", [1]), ("10m 1ms", [1, 2])],
    ids=["the same instant", "within", "exactly ten minutes later", "a millisecond after that"],
)
def test_a_click_counts_with_the_visit_that_begins_within_ten_minutes(pause: str, steps: list[int]) -> None:
    """That instant included."""
    world = asked("click").pipe({"type": CLICK}).after(pause).visits()
    assert heard(world) == steps
    assert why(world)[1] is (Reason.CLICKED if steps == [1] else Reason.DUE)


def test_a_click_that_nobody_comes_by_is_a_scanners() -> None:
    """All links were followed, and no page was seen."""
    assert heard(asked("click").pipe({"type": CLICK}).pipe({"type": CLICK}, ago="1m")) == [1, 2]


@pytest.mark.parametrize("before", ["1ms", "5m"])
def test_a_visit_that_began_before_the_click_does_not_follow_it(before: str) -> None:
    """Whoever is here already did not come by the link; what they do next is the same visit."""
    world = asked("click").visits().after(before).pipe({"type": CLICK}).after("1m").visits()
    assert heard(world) == [1, 2]


@pytest.mark.parametrize("told", ["9m", "3h", "22h 58m"], ids=["minutes", "hours", "just before the next step"])
def test_a_click_that_is_told_late_finds_its_visit(told: str) -> None:
    """The service that sends the mail tells of clicks when it comes to it."""
    world = asked("click").after("1m").visits().after(told).pipe({"type": CLICK}, ago=f"{told} 1m")
    assert heard(world) == [1]


def test_an_answer_that_is_told_after_the_next_step_ends_the_rest() -> None:
    """It was given before that step; there is nothing left to say after it."""
    steps = [*TWICE, {"wait": "24h"}]
    world = World(rulebook(rule(CART, steps=steps, stop_on=["reply"]))).adds("mug").after("26h")
    assert heard(world.pipe({"type": REPLY}, ago="3h")) == [1, 2]
    assert why(world) == (Verdict.ENDED, Reason.REPLIED, 3)


@pytest.mark.parametrize(("ago", "steps"), [("1h 1ms", [1, 2]), ("1h", [1, 2]), ("59m 59s 999ms", [1])])
def test_what_was_done_before_the_first_message_is_no_answer_to_it(ago: str, steps: list[int]) -> None:
    """The first step was due after an hour; this is two hours after the cart."""
    assert heard(asked("reply").pipe({"type": REPLY}, ago=ago)) == steps


@pytest.mark.parametrize(
    ("at", "steps"), [("24h 59m 59s 999ms", [1]), ("25h", [1]), ("25h 1ms", [1, 2])], ids=["before", "at", "after"]
)
def test_an_answer_at_exactly_the_due_time_comes_before_the_step(at: str, steps: list[int]) -> None:
    """As every event does."""
    assert heard(asked("reply").at(at).pipe({"type": REPLY})) == steps


@pytest.mark.parametrize("type_", [CLICK, REPLY, OPEN])
def test_what_a_machine_does_is_never_an_answer(type_: str) -> None:
    """A scanner, a proxy that opens all mail, an out-of-office notice."""
    world = asked("click", "reply", "open").pipe({"type": type_, "machine": True}).after("1m").visits()
    assert heard(world) == [1, 2]
    assert world.outcomes(Topic.ENGAGEMENTS) == {"ignored": 1}
    assert [name for name in world.counts if "machine" in name] == [("oddities", "engagements", "machine")]


def test_a_machine_agrees_to_nothing_and_refuses_for_its_owner() -> None:
    """A confirmation that a scanner has followed is no consent; one-click unsubscribing is done by mail programs."""
    world = World(rulebook(rule(CART, channel="email"), consent={"email": "opt_in"}))
    assert heard(world.opts_in(machine=True).adds("mug")) == []
    assert world.why(CART) is Reason.NOT_OPTED_IN
    world = World(rulebook(rule(CART), consent="opt_out"))
    assert heard(world.opts_out(machine=True).adds("mug")) == []


def two_rules() -> World:
    """Two reminders of the one cart, both of which have spoken, and wait for an answer."""
    rules = [rule(CART, id=id_, steps=TWICE, stop_on=["reply"]) for id_ in ("one", "other")]
    return World(rulebook(*rules)).adds("mug").after("2h")


def ended(world: World) -> list[str]:
    """The rules whose runs are over by a reply."""
    world.advance("10d")
    return [decision.rule_id for decision in world.decisions() if decision.reason is Reason.REPLIED]


def test_an_answer_that_names_nothing_is_one_to_all() -> None:
    """Whoever writes has heard."""
    assert ended(two_rules().pipe({"type": REPLY})) == ["one", "other"]


def test_an_answer_that_names_a_trigger_is_one_to_that_run() -> None:
    """The other rule has had none."""
    world = two_rules()
    of_one = next(fired["trigger_id"] for fired in world.fired() if fired["rule_id"] == "one")
    assert ended(world.pipe({"type": REPLY, "trigger_id": of_one})) == ["one"]


def test_an_answer_that_names_a_rule_is_one_to_its_runs() -> None:
    """Where the mail knows no more than its campaign."""
    assert ended(two_rules().pipe({"type": REPLY, "rule_id": "other"})) == ["other"]


@pytest.mark.parametrize(
    "named",
    [{"trigger_id": "01JZ"}, {"rule_id": "newsletter"}, {"trigger_id": "x" * 200}, {"rule_id": "é"}],
    ids=["an unknown trigger", "an unknown rule", "no trigger", "no rule"],
)
def test_an_answer_that_names_something_else_is_none(named: dict[str, str]) -> None:
    """To another shop's message, or a newsletter."""
    assert ended(two_rules().pipe({"type": REPLY, **named})) == []


def test_a_trigger_counts_before_the_rule_that_is_named_with_it() -> None:
    """The trigger says more."""
    world = two_rules()
    of_one = next(fired["trigger_id"] for fired in world.fired() if fired["rule_id"] == "one")
    assert ended(world.pipe({"type": REPLY, "trigger_id": of_one, "rule_id": "other"})) == ["one"]


def test_an_answer_to_any_step_of_the_run_counts() -> None:
    """To the first, though the second came since."""
    steps = [*TWICE, {"wait": "24h"}]
    world = World(rulebook(rule(CART, steps=steps, stop_on=["reply"]))).adds("mug").after("26h")
    first = world.fired()[0]["trigger_id"]
    assert heard(world.pipe({"type": REPLY, "trigger_id": first})) == [1, 2]


def test_an_answer_to_the_occasion_before_is_none_to_this_one() -> None:
    """Something more was put into the cart: the run began anew, and of that nobody has heard but now."""
    world = asked("reply")
    before = world.fired()[0]["trigger_id"]
    world.adds("jug").after("2h").pipe({"type": REPLY, "trigger_id": before})
    assert heard(world) == [1, 1, 2]


def test_the_visit_may_be_that_of_another_device_that_turns_out_to_be_theirs() -> None:
    """The mail was read on the phone, which nobody knew until they signed in."""
    world = book("click").as_("laptop").signs_in("ada").adds("mug").after("2h")
    world.pipe({"type": CLICK, "customer_id": "ada"}).after("5m").as_("phone").visits().after("3m").signs_in("ada")
    assert heard(world) == [1]
    assert why(world)[1] is Reason.CLICKED


def test_the_customers_answer_ends_the_run_that_a_visitor_brings() -> None:
    """Both turn out to be one person."""
    world = asked("reply").pipe({"type": REPLY, "customer_id": "ada"}).after("1h").signs_in("ada")
    assert heard(world) == [1]
    assert why(world)[1] is Reason.REPLIED


def test_an_answer_of_a_device_is_its_customers() -> None:
    """The profile of the visitor knows whose it is."""
    world = book("reply").signs_in("ada").adds("mug").after("2h").pipe({"type": REPLY, "visitor_id": "phone"})
    assert heard(world) == [1]


def test_a_record_that_comes_twice_is_one_answer() -> None:
    """A new occasion is not answered by the old word."""
    world = asked("reply").pipe({"type": REPLY, "event_id": "R"}).after("1h").adds("jug").after("2h")
    assert heard(world.pipe({"type": REPLY, "event_id": "R"}, ago="3h")) == [1, 1, 2]


def test_the_visit_in_which_the_message_came_is_no_return() -> None:
    """A welcome at once: whoever goes on looking has not come back."""
    welcome = rule("welcome", wait="0s", steps=[{"wait": "0s"}, {"wait": "1d"}], stop_on=["visit"])
    world = World(rulebook(welcome)).pipe({"type": "subscribed"}).after("5m").visits().after("5m").visits()
    assert heard(world) == [1, 2]
    world = World(rulebook(welcome)).pipe({"type": "subscribed"}).after("5m").visits().after("5h").visits()
    assert heard(world) == [1]
