"""Customers who are here stay alive, and rest as their records once nothing was heard of them for a while."""

import pytest

from schemas.state.profile import Profile
from streams.profiles import profiles
from streams.profiles.profile_record import encode
from streams.profiles.profiles import Profiles


@pytest.fixture(autouse=True)
def two_are_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    """At a time."""
    monkeypatch.setattr(profiles, "ALIVE_AT_A_TIME", 2)


def heard(held: Profiles, *keys: str, is_here: bool = True) -> None:
    """Something is heard of these, each of whom has a visit open or not, and committed."""
    for key in keys:
        profile = held.get(key)
        if profile is None:
            profile = Profile()
            held.put(key, profile)
        profile.person.visits = {"phone": 1} if is_here else {}
        profile.touched += 1
    for key in keys:
        profile = held.get(key)
        assert profile is not None
        assert held.record(key) == encode(profile)


def alive(held: Profiles) -> list[str]:
    """Whose profile is held as a live object."""
    return [key for key, one in held._held.items() if isinstance(one, Profile)]


def test_those_of_whom_something_was_heard_last_are_alive() -> None:
    """As many as may be; whoever is heard of again is among the last."""
    held = Profiles()
    heard(held, "ada", "bob")
    heard(held, "ada")
    heard(held, "cid")
    assert alive(held) == ["ada", "cid"]
    assert held.record("bob") == held._held["bob"]


def test_more_than_may_be_alive_rest_in_the_commit_that_writes_them() -> None:
    """Each is written as it is, also one that was to be written after it rested."""
    held = Profiles()
    heard(held, "ada", "bob", "cid")
    heard(held, "cid", "bob", "ada")
    assert alive(held) == ["ada", "bob"]
    assert [(key, seen.touched) for key, seen in held.summaries()] == [("ada", 2), ("bob", 2), ("cid", 2)]


def test_whoever_has_left_rests_at_once_and_takes_nobodys_place() -> None:
    """Those who are here stay."""
    held = Profiles()
    heard(held, "ada", "bob")
    heard(held, "cid", is_here=False)
    heard(held, "ada", is_here=False)
    assert alive(held) == ["bob"]
    heard(held, "cid")
    assert alive(held) == ["bob", "cid"]


def test_whoever_is_dropped_takes_nobodys_place() -> None:
    """Nor does it come back."""
    held = Profiles()
    heard(held, "ada", "bob")
    held.drop("ada")
    heard(held, "cid")
    assert alive(held) == ["bob", "cid"]
