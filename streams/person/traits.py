"""What a person has told of themselves, and the time zone that they are in: the later word counts.

Only what rules ask for is told, and kept. A trait that is told as nothing is not told.
"""

from schemas.facts.profile_facts import TraitsTold
from schemas.rules.rulebook import Rulebook
from schemas.state.person import Person
from schemas.state.shelves import Trait, Zone
from streams.limits import Cut, size_of
from streams.person.shelves import account_of, own_account
from streams.person.times import first_of
from streams.time.local_time import zone_named

TIMEZONE = "timezone"
"""The trait that is the person's time zone: it counts before the one that a device is in."""

TRAITS_MAX = 50
"""Traits that are kept of a person, more than the rules of a shop ask for. Those told the longest ago go first."""

TRAITS_BYTES_MAX = 16 * 1024
"""These, with their values. Those told the longest ago go first."""

NOTHING: Trait = (0, "", None)


def remember_traits(person: Person, fact: TraitsTold) -> None:
    """Take what is told, unless something later is known. Of two words of one instant that of the later event counts,
    as in the order of events."""
    for name, value in fact.traits.items():
        _take_trait(person, name, (fact.at, fact.event_id, value))
    if fact.zone:
        _take_zone(person, (fact.at, fact.event_id, fact.zone))


def join_traits(person: Person, joining: Person) -> None:
    """Two become one: of each trait the later word counts, and the first sign-up."""
    brought = joining.account
    if brought is None:
        return
    for name, trait in brought.traits.items():
        _take_trait(person, name, trait)
    _take_zone(person, brought.zone)
    own = own_account(person)
    own.signed_up_at = first_of(own.signed_up_at, brought.signed_up_at)


def fit_traits(person: Person, cut: Cut) -> None:
    """Cut the traits that are too many, or take too many bytes, in place."""
    traits = account_of(person).traits
    while len(traits) > TRAITS_MAX or (traits and size_of(traits) > TRAITS_BYTES_MAX):
        del traits[min(traits, key=lambda name: (traits[name][:2], name))]
        cut("traits", 1)


def zone_of(person: Person, rulebook: Rulebook) -> str:
    """The person's time zone: what they have told, else where they were last seen, else the rulebook's."""
    for _, _, name in (account_of(person).traits.get(TIMEZONE, NOTHING), account_of(person).zone):
        if (zone := zone_named(name)) is not None:
            return zone
    return rulebook.zone


def _take_trait(person: Person, name: str, trait: Trait) -> None:
    if trait[:2] >= account_of(person).traits.get(name, NOTHING)[:2]:
        own_account(person).traits[name] = trait


def _take_zone(person: Person, zone: Zone) -> None:
    if zone > account_of(person).zone:
        own_account(person).zone = zone
