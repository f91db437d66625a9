"""Who a visitor is at which time, and to whom its facts go."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from schemas.facts.profile_facts import (
    CLICK,
    ITSELF,
    LINKING,
    ORDER,
    CartChanged,
    FactInOrder,
    OrderPlaced,
    Place,
    SessionClosed,
)
from schemas.state.profile import HERE, Profile
from streams.profiles.identity import SIGHTINGS_MAX, customer_at, customer_before, left_behind, link, route

BEFORE_ALL = 0


def sighting(at: int, event_id: str = "l", *, class_: int = CLICK) -> Place:
    """Where a link stands."""
    return (at, class_, event_id, LINKING)


def known_as(*names: tuple[int, str], handed_over: bool = False) -> Profile:
    """A visitor's profile that has seen these names."""
    profile = Profile(handed_over=handed_over)
    for at, customer in names:
        link(profile, sighting(at), customer, BEFORE_ALL)
    return profile


def added(at: int, event_id: str = "m") -> FactInOrder:
    """An item added."""
    return CartChanged(at, event_id, "phone", "add", ())


def session(
    start: int, end: int, *clicks: int, last_id: str = "z", ties: tuple[tuple[int, str], ...] = ()
) -> SessionClosed:
    """A session that is over."""
    offsets = tuple(at - start for at in clicks or (start, end))
    return SessionClosed(end + 30, last_id, "phone", start, end, 1, 0, (), offsets, ties)


def test_nobody_known_nothing_is_forwarded() -> None:
    """A visitor's own profile folds it."""
    assert route(Profile(), added(5)) == HERE


def test_a_fact_goes_to_whom_the_visitor_was_at_its_own_time() -> None:
    """Not to whom it is now."""
    profile = known_as((10, "ada"), (20, "bob"))
    assert [route(profile, added(at)) for at in (15, 25)] == ["ada", "bob"]


def test_the_event_that_links_belongs_to_whom_it_names() -> None:
    """The link stands just before its event, after all others of its time with smaller ids."""
    profile = known_as((10, "ada"))
    places = [added(10, "k").place(), added(10, "l").place(), OrderPlaced(10, "a", "phone", "O", False).place()]
    assert [customer_at(profile, place) for place in places] == [HERE, "ada", "ada"]
    assert customer_before(profile, sighting(10)) == HERE


def test_a_link_by_an_order_comes_after_the_clicks_of_its_time() -> None:
    """Click before order."""
    profile = Profile()
    link(profile, sighting(10, "a", class_=ORDER), "ada", BEFORE_ALL)
    assert customer_at(profile, (10, CLICK, "z", ITSELF)) == HERE
    assert customer_at(profile, (10, ORDER, "a", ITSELF)) == "ada"


def test_what_is_older_than_the_first_link_follows_the_history_once_it_was_handed_over() -> None:
    """A late fact of the time before: the first customer has inherited that time."""
    assert route(known_as((10, "ada"), (20, "bob")), added(5)) == HERE
    assert route(known_as((10, "ada"), (20, "bob"), handed_over=True), added(5)) == "ada"


def test_a_session_goes_to_whom_the_visitor_was_at_its_last_click() -> None:
    """Whoever it was in between."""
    profile = known_as((10, "ada"), (20, "bob"))
    assert route(profile, session(12, 15)) == "ada"
    assert route(profile, session(12, 25)) == "bob"


def test_a_session_that_ended_before_the_first_link_goes_with_the_inheritance() -> None:
    """Its close came after the link: the visitor was nobody at its last click, and is somebody's history now."""
    assert route(known_as((20, "ada")), session(5, 8)) == "ada"


def test_only_a_change_of_name_is_news() -> None:
    """Every click of a signed-in visitor says the same."""
    profile = Profile()
    assert [link(profile, sighting(at), "ada", BEFORE_ALL) for at in (10, 11, 12)] == [True, False, False]
    assert link(profile, sighting(13), "bob", BEFORE_ALL)


def test_an_earlier_name_makes_a_later_sighting_news_again() -> None:
    """Bob slipped in between: from ada's second sighting on it is hers again."""
    profile = known_as((10, "ada"), (20, "ada"))
    assert link(profile, sighting(15), "bob", BEFORE_ALL)
    assert [customer_at(profile, added(at).place()) for at in (12, 17, 22)] == ["ada", "bob", "ada"]


@given(
    st.lists(
        st.tuples(st.integers(1, 40), st.sampled_from(["ada", "bob"])),
        min_size=1,
        max_size=30,
        unique_by=lambda s: s[0],
    )
)
def test_thinning_out_changes_nothing(names: list[tuple[int, str]]) -> None:
    """Once W has passed them all, what is kept says the same at every time, and is short for an unchanging name."""
    names.sort()
    profile, truth = Profile(), known_as(*names)
    for at, customer in names:
        link(profile, sighting(at), customer, at)
    assert [customer_at(profile, added(at).place()) for at in range(45)] == [
        customer_at(truth, added(at).place()) for at in range(45)
    ]
    changes = 1 + sum(1 for before, after in pairwise(names) if before[1] != after[1])
    assert len(profile.links) <= max(changes, SIGHTINGS_MAX) + 1


def test_whom_a_visit_has_left_is_told_when_she_was_last_there() -> None:
    """Ada until 20, then bob."""
    (told,) = left_behind(known_as((10, "ada"), (20, "bob")), session(10, 25, 10, 15, 20, 25))
    assert (told[0], told[1].last) == ("ada", 15)


def test_a_visit_in_one_hand_leaves_nobody_behind() -> None:
    """Links before and after it are none of its business."""
    profile = known_as((1, "bob"), (5, "ada"), (90, "bob"))
    assert left_behind(profile, session(10, 25)) == []


def test_of_one_instant_the_ids_say_who_was_there() -> None:
    """The click before the link is ada's, the one with it and after it bob's."""
    profile = Profile()
    link(profile, sighting(10), "ada", BEFORE_ALL)
    link(profile, sighting(20, "m"), "bob", BEFORE_ALL)
    tied = session(10, 20, 10, 20, 20, last_id="m", ties=((10, "a"), (10, "m")))
    assert [(customer, left.last) for customer, left in left_behind(profile, tied)] == [("ada", 20)]
    alone = session(10, 20, 10, 20, last_id="m")
    assert [(customer, left.last) for customer, left in left_behind(profile, alone)] == [("ada", 10)]
