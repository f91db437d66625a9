"""Who wants to hear what, and who is to be forgotten: the same whatever the order in which names and wishes arrive."""

from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.world import World, rule, rulebook

NAMES = ("ada", "bea", "cem")
WISHES = {"given": "consent_given", "refused": "opted_out", "erased": "erasure_requested"}


class Said(NamedTuple):
    """At that second the phone signs in as `who`; or somebody wishes something, by the phone where `who` is None."""

    at: int
    who: str | None
    what: str


steps = st.one_of(
    st.builds(Said, st.integers(0, 40), st.sampled_from(NAMES), st.just("signs in")),
    st.builds(Said, st.integers(0, 40), st.sampled_from([None, None, *NAMES]), st.sampled_from(sorted(WISHES))),
)


def holder(history: list[Said], wish: Said) -> str | None:
    """Whose the wish is, by the text: whose the phone was then; before its first name the first one's, but for a wish
    to be forgotten, which is the phone's alone."""
    if wish.who is not None:
        return wish.who
    names = [said for said in history if said.what == "signs in"]
    before = [said.who for said in names if said.at <= wish.at]
    if before:
        return before[-1]
    return names[0].who if names and wish.what != "erased" else None


def expected(history: list[Said]) -> dict[str, tuple[bool, bool]]:
    """For each name whether messages are refused, and whether it is to be forgotten."""
    found = {}
    for name in NAMES:
        own = [said for said in history if said.what in WISHES and holder(history, said) == name]
        last = {what: max((said.at for said in own if said.what == what), default=-1) for what in WISHES}
        refused = last["refused"] >= 0 and last["refused"] >= last["given"]
        found[name] = (refused, last["erased"] >= 0 and last["given"] <= last["erased"])
    return found


def known(world: World) -> dict[str, tuple[bool, bool]]:
    """The same, as the customers' profiles have it."""
    profiles = {name: world.replay.customers._profiles.get(name) for name in NAMES}
    return {
        name: (profile.person.opted_out, profile.person.erased) if profile is not None else (False, False)
        for name, profile in profiles.items()
    }


@settings(max_examples=400)
@given(st.lists(steps, max_size=10, unique_by=lambda said: (said.at, said.what == "signs in")), st.data())
def test_any_order_of_arrival_leaves_the_same_wishes(said: list[Said], data: st.DataObject) -> None:
    """Names and wishes of less than a minute, in an hour in which W passes none of them."""
    world = World(rulebook(rule("lapse", wait="3d"), consent="opt_out"), lateness="1h").advance("1m")
    for number, one in data.draw(st.permutations(list(enumerate(said)))):
        whose = {"visitor_id": "phone"} if one.who is None else {"customer_id": one.who, "visitor_id": None}
        ago, event_id = f"{60 - one.at}s", f"e{number}"
        if one.what == "signs in":
            world.signs_in(str(one.who), ago=ago, event_id=event_id)
        else:
            world.pipe({"type": WISHES[one.what], **whose}, ago=ago, event_id=event_id)
    history = sorted(said, key=lambda one: (one.at, one.what != "signs in"))
    assert known(world) == expected(history)
    assert known(world.drain()) == expected(history)
