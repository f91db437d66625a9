"""Tells a checkout from the thank-you page of a purchase, which many trackers count as its last step.

Orders of many feeds have whole seconds, and the page has milliseconds: the last step may lie a moment behind its order.
"""

from schemas.facts.profile_facts import CheckoutReached
from streams.person.carts import purchases
from streams.person.named_carts import is_stale
from streams.triggers.case import Case


def begun_at(case: Case, fact: CheckoutReached) -> int | None:
    """From when on a purchase would be what this step of a checkout was about: since something was last put into the
    cart, or since the session gap before the step if that is later. None if there was one: it is the thank-you page. So
    it is, however late, of a cart that was bought by its id and in which nothing was put since.

    A purchase at exactly the gap before the step still is; what was put in at the purchase's own time was bought.
    """
    person, place = case.person, fact.place()[:3]
    if is_stale(person, fact):
        return None
    filled = person.added_at if person.added_at <= fact.at else 0
    start = max(filled, fact.at - case.rulebook.session_gap)
    return None if any(start <= bought[0] and bought < place for bought in purchases(person)) else start
