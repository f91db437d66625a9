"""A shop that forgets, with a changelog, and what a person may have done in it."""

from schemas.state.profile import Profile
from streams.profiles.profile_record import decode
from tests.streams.durable import DurableReplay, driver_of
from tests.world import World, rule, rulebook

CART, LAPSE, INACTIVE = "cart_abandonment", "lapse", "inactivity"
BOOK = rulebook(rule(CART), retention="30d", consent="opt_out")


def shop(*rules: dict[str, object]) -> World:
    """A shop with a changelog, that forgets after 30 days."""
    return World(rulebook(*rules, retention="30d", consent="opt_out") if rules else BOOK, driver=DurableReplay)


def changelog(world: World, of: str) -> set[str]:
    """The keys that are left once the broker has compacted: marks aside."""
    return {key.decode() for key in driver_of(world).changelogs[of] if not key.startswith(b"\x00")}


def customer(world: World, key: str) -> Profile:
    """A customer's profile as it stands in the changelog."""
    return decode(driver_of(world).changelogs["customers"][key.encode()])


def adds(world: World) -> None:
    """A cart at 0: its visit ends at 30m, its timer rings at 1h."""
    world.adds("mug")


def orders(world: World) -> None:
    """An order of the feed at 0 that names only the visitor; no visit, no timer."""
    world.orders("O1", on_site=False)


def visits(world: World) -> None:
    """A page at 0; the visit ends at 30m."""
    world.visits()


def signs_in(world: World) -> None:
    """A link at 0; the visit, of which the visitor's profile hears too, ends at 30m."""
    world.signs_in("ada")


def opts_out(world: World) -> None:
    """No messages, from 0 on."""
    world.opts_out()
