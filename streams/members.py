"""Who is in which segments, as the records of a changelog of customers say it."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import NamedTuple

from schemas.rules.rulebook import Rulebook
from streams.person.shelves import standing_of
from streams.profiles.aside import is_note
from streams.profiles.profile_record import decode as decode_profile
from streams.stage import STAGES_OWN
from streams.triggers.in_force import RULEBOOK_KEY, decode


class Member(NamedTuple):
    """A customer, those of the `segments` asked for in which they were found to be, and when that was, ms."""

    customer: str
    segments: tuple[str, ...]
    at: int


class Members(NamedTuple):
    """Those who were found, and how many customers nobody has looked at by the segments of today's rulebook."""

    found: list[Member]
    unlooked: int


class NoSuchSegment(ValueError):
    """The rulebook that the customers go by has no such segment, or excludes none; the text says what to write."""


def members_of(changelog: Mapping[bytes, bytes | None], wanted: Collection[str]) -> Members:
    """The members of these segments, those that the rulebook excludes if none are named, by their ids in order; from
    the last record of each key of one partition. Raises NoSuchSegment and UnreadableState."""
    rules = changelog.get(RULEBOOK_KEY)
    if rules is None:
        return Members([], 0)
    rulebook = decode(rules).rulebook
    asked, unlooked = _asked(rulebook, wanted), 0
    found: list[Member] = []
    for key, value in changelog.items():
        if value is None or key.startswith(STAGES_OWN) or is_note(value):
            continue
        standing = standing_of(decode_profile(value).person)
        if standing.by != rulebook.groups_version:
            unlooked += 1
        elif own := [id_ for id_ in standing.segments if id_ in asked]:
            found.append(Member(key.decode(), tuple(own), standing.at))
    return Members(sorted(found), unlooked)


def _asked(rulebook: Rulebook, wanted: Collection[str]) -> frozenset[str]:
    known = [group.id for group in rulebook.segments]
    for id_ in wanted:
        if id_ not in known:
            near = get_close_matches(id_, known, n=1)
            mend = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(known) or 'none'}"
            raise NoSuchSegment(f"the rulebook {rulebook.name!r} has no segment {id_!r}; {mend}")
    if not wanted and not rulebook.excluded_segments:
        raise NoSuchSegment(
            f"the rulebook {rulebook.name!r} has no excluded_segments; name the segments that you want: --segment ID"
        )
    return frozenset(wanted or rulebook.excluded_segments)
