"""Responses: what a person did with messages, and when their visits began.

A link in a message that was followed is a response only if a visit of the person begins in the ten minutes after it:
scanners follow all links, and nobody comes. So a click waits here for its visit; one that is told late finds the visit
that began meanwhile.
"""

from collections.abc import Iterable

from schemas.events.engagements import RESPONSES
from schemas.facts.profile_facts import Happened
from schemas.rules.words import DAY_MS
from schemas.state.person import Person
from schemas.state.shelves import Response
from streams.limits import Cut
from streams.person.shelves import dealings_of, own_dealings

NAMES = frozenset({"trigger_id", "rule_id"})
"""What a response may say of the message that it answers."""

FOLLOWED_MS = 600_000
"""So long after a click in a message the visit begins that it leads to, at the latest."""

RESPONSES_MAX = 20
"""Responses of a person, the latest: some 2 KB with all names."""

BEGUN_MAX = 20
"""Beginnings of visits, the latest."""

BEGUN_KEPT_MS = DAY_MS
"""How much longer than the last beginning they are kept: a click that is told a day late finds its visit."""

NAME_CHARS_MAX = 64
"""No trigger and no rule has a longer name."""

OF_NOTHING = "?"
"""Stands for a name that no trigger and no rule can have."""

CLICK, UNFOLLOWED = RESPONSES["click"], "unfollowed"
"""A click that was followed by a visit, and one that may yet be."""


def note_response(person: Person, fact: Happened, cut: Cut) -> None:
    """The person has opened a message, followed a link in it, or replied."""
    kind = UNFOLLOWED if fact.event == CLICK else fact.event
    names = [_name(fact.said.get(name)) for name in ("trigger_id", "rule_id")]
    _keep(person, [*dealings_of(person).responses, Response(fact.at, kind, *names)], cut)


def note_beginning(person: Person, at: int, cut: Cut) -> None:
    """A visit of the person begins at `at`, ms."""
    begun = person.begun
    if begun and (at <= begun[-1] or begun[0] < at - BEGUN_KEPT_MS or len(begun) >= BEGUN_MAX):
        _begun(person, [*begun, at], cut)
    else:
        begun.append(at)  # as a rule
    if responses := dealings_of(person).responses:
        _keep(person, responses, cut)


def join_responses(person: Person, joining: Person, cut: Cut) -> None:
    """Two become one: what either did, and what either's visits follow."""
    if joining.begun:
        _begun(person, [*person.begun, *joining.begun], cut)
    if responses := [*dealings_of(person).responses, *dealings_of(joining).responses]:
        _keep(person, responses, cut)


def _begun(person: Person, all_of_them: Iterable[int], cut: Cut) -> None:
    begun = sorted({*all_of_them})
    begun = [at for at in begun if at >= begun[-1] - BEGUN_KEPT_MS]
    if len(begun) > BEGUN_MAX:
        cut("begun", len(begun) - BEGUN_MAX)
    person.begun = begun[-BEGUN_MAX:]


def _keep(person: Person, all_of_them: Iterable[Response], cut: Cut) -> None:
    """Each once, in the order of time; a click that a visit has followed is one from then on."""
    known = sorted({_followed(person, one) for one in all_of_them}, key=_place)
    if len(known) > RESPONSES_MAX:
        cut("responses", len(known) - RESPONSES_MAX)
    own_dealings(person).responses = known[-RESPONSES_MAX:]


def _followed(person: Person, response: Response) -> Response:
    if response.kind != UNFOLLOWED or not any(0 <= at - response.at <= FOLLOWED_MS for at in person.begun):
        return response
    return Response(response.at, CLICK, response.trigger_id, response.rule_id)


def _place(response: Response) -> tuple[int, str, str, str]:
    return response.at, response.kind, response.trigger_id, response.rule_id


def _name(said: object) -> str:
    """The trigger or rule that is named; "" if none is."""
    if said is None:
        return ""
    name = str(said)
    return name if name.isascii() and len(name) <= NAME_CHARS_MAX else OF_NOTHING
