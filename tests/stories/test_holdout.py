"""A control group is sent nothing, and everything else is as if it were: so it can be seen what answering is worth."""

import hashlib

import pytest

from schemas.outcomes.decisions import Reason, Verdict
from schemas.rules.rulebook import Rulebook
from tests.streams.durable import DurableReplay
from tests.world import Json, World, rule, rulebook

CART, LAPSE, EXIT = "cart_abandonment", "lapse", "exit_intent"


def bucket(id_: str, salt: str) -> int:
    """As the reference says it: a salted hash of the person's first id, 0 to 9999."""
    return int(hashlib.sha256(f"{salt}\x00{id_}".encode()).hexdigest()[:16], 16) % 10_000


def salt_for(id_: str, least: int, below: int) -> str:
    """A salt by which that person's bucket lies in [least, below)."""
    return next(salt for salt in map(str, range(100_000)) if least <= bucket(id_, salt) < below)


def held(id_: str, *rules: Json, **settings: object) -> Rulebook:
    """A rulebook by which that person is held out."""
    return rulebook(*rules, holdout={"percent": 5, "salt": salt_for(id_, 0, 500)}, **settings)


@pytest.mark.parametrize(
    ("least", "percent", "is_held_out"),
    [(499, 5, True), (500, 5, False), (500, 5.01, True), (0, 0.01, True), (1, 0.01, False), (9999, 99.99, False)],
)
def test_so_many_of_ten_thousand_are_held_out(least: int, percent: float, is_held_out: bool) -> None:
    """Five per cent are the buckets 0 to 499."""
    salt = salt_for("phone", least, least + 1)
    world = World(rulebook(rule(CART), holdout={"percent": percent, "salt": salt}))
    world.adds("mug").after("2h")
    decision = world.decisions()[-1]
    assert (decision.verdict, decision.reason) == (
        (Verdict.HELD_OUT, Reason.HOLDOUT) if is_held_out else (Verdict.FIRED, Reason.DUE)
    )
    assert world.sent() == ([] if is_held_out else [CART])


def test_what_is_held_out_has_the_id_of_what_would_have_gone() -> None:
    """The two can be compared, occasion by occasion."""
    silent, spoken = World(held("phone", rule(CART))), World(rulebook(rule(CART)))
    for world in (silent, spoken):
        world.adds("mug").after("2h")
    assert silent.decisions()[-1].trigger_id == spoken.fired()[0]["trigger_id"]
    assert silent.decisions()[-1].evidence == {
        "bucket": bucket("phone", salt_for("phone", 0, 500)),
        "held_out_below": 500,
    }


def test_a_rule_may_speak_to_everybody() -> None:
    """`holdout: false`."""
    world = World(held("phone", rule(CART, holdout=False), rule(LAPSE)))
    world.adds("mug").after("2h").orders().after("2h")
    assert world.sent() == [CART]
    assert world.why(LAPSE) is Reason.HOLDOUT


def test_what_was_bought_or_opted_out_of_comes_first() -> None:
    """The first that speaks names the reason: neither would have gone."""
    world = World(held("phone", rule(CART), consent="opt_out"))
    world.opts_out().adds("mug").after("2h")
    assert world.why(CART) is Reason.OPTED_OUT


def test_who_was_held_out_as_a_visitor_is_so_as_a_customer() -> None:
    """The id under which she was first judged counts, though ada's own would not be held out."""
    salt = next(s for s in map(str, range(100_000)) if bucket("phone", s) < 500 <= bucket("ada", s))
    world = World(rulebook(rule(CART), holdout={"percent": 5, "salt": salt}))
    world.adds("mug").after("2h").signs_in("ada").adds("pot").after("2h")
    assert world.sent() == []
    assert [decision.verdict for decision in world.decisions()] == [Verdict.HELD_OUT] * 2


def test_the_customers_own_wins_where_both_were_judged() -> None:
    """Ada has been spoken to; the phone that turns out to be hers was held out: she is not, from then on."""
    salt = next(s for s in map(str, range(100_000)) if bucket("phone", s) < 500 <= bucket("ada", s))
    world = World(rulebook(rule(CART), holdout={"percent": 5, "salt": salt}))
    world.adds("mug").as_("laptop").signs_in("ada").adds("pot").after("2h")
    world.as_("phone").signs_in("ada").adds("pan").after("2h")
    assert len(world.sent()) == 2
    assert {fired["profile"] for fired in world.fired()} == {"c:ada"}


def test_who_was_never_asked_is_judged_by_the_id_of_then() -> None:
    """Nothing was due on the phone before it was known to be ada's."""
    salt = next(s for s in map(str, range(100_000)) if bucket("phone", s) < 500 <= bucket("ada", s))
    world = World(rulebook(rule(CART), holdout={"percent": 5, "salt": salt}))
    world.adds("mug").signs_in("ada").after("2h")
    assert world.sent() == [CART]


@pytest.mark.parametrize(
    ("pause", "expected"), [("23h", Reason.COOL_DOWN), ("1d", Reason.DUE)], ids=["within", "exactly_at"]
)
def test_what_is_held_out_counts_for_the_cool_down(pause: str, expected: Reason) -> None:
    """As if it had been sent. Seen when the holdout ends, under the same rule."""

    world = World(held("phone", rule(CART, cool_down="1d")), driver=DurableReplay)
    world.adds("mug").after("2h")
    assert world.why(CART) is Reason.HOLDOUT
    assert isinstance(world.replay, DurableReplay)
    world.replay.kill(rulebook(rule(CART, cool_down="1d")))
    world.at(pause).adds("mug").after("2h")
    assert world.why(CART) is expected


def test_what_is_held_out_is_no_message_for_the_caps() -> None:
    """Nobody heard it: there is room for what goes to everybody."""
    world = World(held("phone", rule(CART), rule(LAPSE, holdout=False), caps=[{"max": 1, "per": "1d"}]))
    world.adds("mug").after("2h").orders().after("2h")
    assert world.sent() == [LAPSE]


def test_a_session_has_one_exit_intent_be_it_held_out() -> None:
    """The second signal of a session is refused as it is for the others."""
    world = World(held("phone", rule(EXIT)))
    world.adds("mug").moves_to_leave().after("1m").moves_to_leave().after("1m")
    assert world.sent() == []
    assert [decision.reason for decision in world.decisions()] == [Reason.HOLDOUT, Reason.FIRED_IN_SESSION]


def test_an_erased_person_is_drawn_anew() -> None:
    """Nothing is left of who it was: the phone's own id counts again, and that is the same here."""
    world = World(held("phone", rule(CART)))
    world.adds("mug").after("2h").asks_for_erasure().after("1h").opts_in().adds("mug").after("2h")
    assert [decision.verdict for decision in world.decisions() if decision.kind == CART] == [Verdict.HELD_OUT] * 2
