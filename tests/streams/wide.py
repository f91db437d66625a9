"""What is as large as it may be, and what was cut of it."""

from schemas.base import ID_CHARS_MAX
from schemas.facts.profile_facts import CartChanged, CartLine
from schemas.state.person import Person
from schemas.state.profile import Profile
from streams.policy.blasts import Blasts
from streams.stage import Effects
from streams.triggers.case import Case
from streams.triggers.in_force import InForce
from streams.triggers.kinds import HEARS
from streams.triggers.opening_rules import OpeningRules
from tests.world import rule, rulebook

BOOK = rulebook(rule("browse_abandonment"), rule("cart_abandonment"))
RULES = OpeningRules(BOOK, HEARS)


def wide(number: int) -> str:
    """An id of the most bytes."""
    return f"{number:04}" + "🛒" * (ID_CHARS_MAX - 4)


def case(person: Person, key: str = "c:ada") -> Case:
    """The person of that key, at the beginning of time."""
    return case_of(Profile(person), key)


def case_of(profile: Profile, key: str) -> Case:
    """The same, of a whole profile."""
    return Case(key, profile, InForce(BOOK), RULES, Blasts(1), Effects(), at=0, now=0)


def cuts(of: Case) -> dict[str, int]:
    """What was cut, and how often."""
    return {name[1]: by for name, by in of.effects.counts.items() if name[0] == "cut"}


def added(number: int, product: str = "mug") -> CartChanged:
    """A product in the cart."""
    return CartChanged(number, f"e{number:05}", "phone", "add", (CartLine(product, 1),))
