"""Which facts this program knows, and what it says of one that a newer program wrote.

Workers of two versions read each other's facts during a rollout. Readers pass over fields that they do not know, so a
new field that may be passed over needs nothing. Whatever else changes in a kind of fact (a field that an old reader
must not miss, a new word in a closed set) raises its number in `RAISED`. An old reader then ends before it has written
anything, and so it does at a kind of fact that it does not know.
"""

from typing import get_args

from schemas.facts.profile_facts import ConsentChanged, Fact, Inherited

RAISED: dict[str, int] = {ConsentChanged.fact: 2, Inherited.fact: 3}
"""The versions of the kinds of facts that have changed since their first, by what `fact` says. A word on consent may be
about some messages alone; a person who is inherited has shelves, and knows of each cart all orders that bought it."""

FACT_VERSIONS: dict[str, int] = {kind.fact: RAISED.get(kind.fact, 1) for kind in get_args(Fact)}
"""The kinds of facts that this program knows, and up to which version of each."""

UPGRADE = "a newer Afterclick wrote it; nothing was changed; start that version here, or a later one"
"""What a NewerFact asks for."""


class NewerFact(Exception):
    """A newer program wrote this. What it means is not known here, so nothing may be folded past it."""
