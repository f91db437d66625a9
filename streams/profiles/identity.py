"""Who a visitor is at which time: the routing of a visitor's facts, and what becomes of a visit that changes hands.

A visitor's profile is the one place that knows all links, those made by clicks and those made by orders. It forwards
each fact to the customer that the visitor was at the fact's own time.
"""

from bisect import bisect_left, bisect_right
from typing import Final

from schemas.facts.profile_facts import CLICK, ITSELF, LINKING, FactInOrder, Place, SessionClosed, VisitLeft
from schemas.state.profile import HERE, Link, Profile
from streams.limits import ID_BYTES_MAX, Cut, size_of, too_many
from streams.visits.visitors import Visit

SIGHTINGS_MAX: Final = 4
"""From how many sightings on the settled ones are thinned out."""

LINKS_MAX: Final = 500
"""A till that changes hands all day keeps its last links, and the first: whose its beginnings are. What comes between
them is the first customer's."""

LINKS_BYTES_MAX: Final = 64 * 1024
"""These, 500 of ordinary ids."""

CUSTOMERS_MAX: Final = 20
"""Customers who sign in on one device: more are a till's, a library's, or somebody's who tries stolen passwords."""

_LINKS_FEW: Final = LINKS_BYTES_MAX // (2 * ID_BYTES_MAX)

NEVER: Final = (0, "")


def customer_at(profile: Profile, place: Place) -> str:
    """The customer that the visitor is at that place of history, a link made by the very event included; or HERE."""
    links = profile.links
    if not links:
        return HERE
    since, customer = links[-1]
    if since <= place:  # as a rule
        return customer
    index = bisect_right(links, place, key=_link_place)
    return links[index - 1][1] if index else HERE


def _link_place(link: tuple[Place, str]) -> Place:
    return link[0]


def route(profile: Profile, fact: FactInOrder) -> str:
    """To whom the fact goes: a session to whom the visitor was at its last click, anything else by its own time.

    What belongs to the time before the first link follows the visitor's history to the first customer.
    """
    links = profile.links
    if not links:
        return HERE
    since, customer = links[-1]
    if since[0] < (fact.end if type(fact) is SessionClosed else fact.at):  # as a rule: no place need be made
        return customer
    if not isinstance(fact, SessionClosed):
        return _or_heir(profile, customer_at(profile, fact.place()), profile.handed_over)
    moved = links[0][0] <= fact.place()
    return _or_heir(profile, customer_at(profile, _end(fact)), moved)


def _or_heir(profile: Profile, customer: str, moved: bool) -> str:
    return profile.links[0][1] if customer == HERE and moved else customer


def _end(fact: SessionClosed) -> Place:
    return (fact.end, CLICK, fact.event_id, ITSELF)


def customer_before(profile: Profile, place: Place) -> str:
    """The customer that the visitor was just before that place; or HERE."""
    index = bisect_left(profile.links, place, key=_link_place)
    return profile.links[index - 1][1] if index else HERE


def was_customers(profile: Profile, customer: str, visit: Visit) -> bool:
    """Whether the visit, or a part of it, may be the customer's: "" for whoever it is."""
    began = customer_at(profile, (visit.start, CLICK, visit.first_id, ITSELF))
    return (
        customer in ("", began)
        or began == HERE
        or any(known == customer and place[0] >= visit.start for place, known in profile.links)
    )


def link(profile: Profile, place: Place, customer: str, gate: int) -> bool:
    """Remember that the visitor was seen as that customer; whether that changes who the visitor is from there on.

    Sightings that W has not passed are all kept: one that was no news becomes news when another name slips in before
    it. Of those that W has passed, only the ones that changed something are.
    """
    links = profile.links
    news = customer_at(profile, place) != customer
    index = bisect_left(links, place, key=_link_place)
    if links[index : index + 1] != [(place, customer)]:
        links.insert(index, (place, customer))
    if len(links) > SIGHTINGS_MAX:
        settled = [
            index
            for index in range(1, len(links))
            if links[index][0][0] < gate and links[index][1] == links[index - 1][1]
        ]
        for index in reversed(settled):
            del links[index]
    return news


def beyond_many(profile: Profile) -> list[Link]:
    """The places from which on more customers have signed in on the visitor's device than it can be one person's: that
    of the first too many, and of each after it."""
    if len(profile.links) <= CUSTOMERS_MAX:
        return []
    seen: set[str] = set()
    found = []
    for place, customer in profile.links:
        seen.add(customer)
        if len(seen) > CUSTOMERS_MAX:
            found.append((place, customer))
    return found


def unlink(profile: Profile, place: Place, customer: str) -> None:
    """Forget that the visitor was seen as that customer at that place."""
    profile.links = [known for known in profile.links if known != (place, customer)]


def few_links(profile: Profile, cut: Cut) -> None:
    """Cut the links that are more than may be kept: all but the first and the last ones."""
    links = profile.links
    if len(links) > LINKS_MAX or (len(links) > _LINKS_FEW and size_of(links) > LINKS_BYTES_MAX):
        gone = max(len(links) - LINKS_MAX, too_many(links[1:], LINKS_BYTES_MAX))
        if gone > 0:
            del links[1 : gone + 1]
            cut("links", gone)


def left_behind(profile: Profile, fact: SessionClosed) -> list[tuple[str, VisitLeft]]:
    """For a closed session that changed hands on the way: whom to tell that the visit is no longer theirs, and when
    they were last active in it."""
    final = route(profile, fact)
    last: dict[str, tuple[int, str]] = {}
    for index, (since, customer) in enumerate(profile.links):
        until = profile.links[index + 1][0] if index + 1 < len(profile.links) else None
        outside = since > fact.place() or (until is not None and until[0] < fact.start)
        if not outside and customer != final:
            click = _last_click(fact, since if index else None, until)
            last[customer] = max(click, last.get(customer, NEVER))
    return [
        (customer, VisitLeft(fact.at, event_id or fact.event_id, fact.visitor, at))
        for customer, (at, event_id) in last.items()
    ]


def _last_click(fact: SessionClosed, since: Place | None, until: Place | None) -> tuple[int, str]:
    """The session's last click from `since` (inclusive) up to `until` (exclusive): its time, and its id where other
    clicks share that instant; `NEVER` if there is none."""
    last = NEVER
    for offset in fact.clicks:
        at = fact.start + offset
        after = since is None or at > since[0] or (at == since[0] and _reaches(fact, offset, since))
        before = until is None or at < until[0] or (at == until[0] and _precedes(fact, offset, until))
        if after and before:
            last = max(last, (at, _tied_before(fact, offset, until)))
    return last


def _tied_before(fact: SessionClosed, offset: int, until: Place | None) -> str:
    """The id of the last of the clicks of one instant that come before `until`; "" for a click that stands alone."""
    at = fact.start + offset
    ids = (event_id for tied, event_id in fact.ties if tied == offset)
    return max((id_ for id_ in ids if until is None or (at, CLICK, id_, LINKING) < until), default="")


def _reaches(fact: SessionClosed, offset: int, since: Place) -> bool:
    """Whether a click at the very time of the link comes with it or after it."""
    if since[1] != CLICK:
        return False
    ids = [event_id for tied, event_id in fact.ties if tied == offset]
    return not ids or any(event_id >= since[2] for event_id in ids)


def _precedes(fact: SessionClosed, offset: int, until: Place) -> bool:
    """Whether a click at the very time of the link comes before it."""
    if until[1] != CLICK:
        return True
    return any(tied == offset and event_id < until[2] for tied, event_id in fact.ties)
