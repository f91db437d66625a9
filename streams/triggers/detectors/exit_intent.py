"""Exit intent: the visitor moves to leave, with something in the cart or after a few product views.

Judged the moment the signal arrives, against what is known then; once a session, by whichever rule comes first, and not
after its order: who leaves for the page of their bank has ordered, too. One that was taken back, or ended undelivered,
does not use the session up.
"""

from schemas.facts.profile_facts import ExitSignalled
from schemas.outcomes.decisions import Reason
from schemas.outcomes.triggers import LINES, VIEWED
from schemas.rules.kinds import ExitIntent
from schemas.state.cart import Cart
from schemas.state.person import Episode
from schemas.state.profile import Profile
from streams.person.carts import is_worth
from streams.person.memory import note_exit
from streams.person.person_limits import few_exits
from streams.person.send_log import is_released
from streams.person.shelves import buying_of, presence_of
from streams.policy.asked import Asked
from streams.policy.consent import channel_of
from streams.policy.guards import judged
from streams.policy.outcomes import Allowed, Refused
from streams.profiles.profile import held, known_orders, known_person
from streams.triggers.case import Case
from streams.triggers.given import OfEpisode, not_held
from streams.triggers.occasions import begun
from streams.triggers.row import Row


def judge(case: Case, rule: ExitIntent, profile: Profile, signal: ExitSignalled) -> bool:
    """Judge the signal against what is known now, folded or not; whether the rule has fired, or would have, and the
    person is held out."""
    place = signal.place()
    person = known_person(profile, place, case.rulebook.cart_merge)
    cart = person.cart
    unpaid = [awaited.place[0] for awaited in buying_of(person).awaited.values()]
    orders = [at for _, at in known_orders(profile, place, others=True)] + unpaid
    known = [signal.exited_at, profile.exited_at, presence_of(case.person).exits.get(signal.visitor)]
    if rule.shadow:
        known += [fired.anchor for fired in held(profile) if fired.shadow and fired.rule_id == rule.id]
    exited_at = max((at for at in known if at is not None and not _came_to_nothing(profile, signal, at)), default=None)
    episode = episode_of(rule, signal)
    reason = Reason.BEFORE_ACTIVATION if case.in_force.is_before(rule, signal.at) else None
    reason = reason or why_not(rule, signal, cart, orders, exited_at)
    if reason is not None:
        case.suppress(episode, reason)
        return False
    asked = Asked(case, episode, rule, ROW)
    as_known = OfEpisode(person, episode, person.cart, case.rulebook, rule.category, case.shop.rates)
    outcome = not_held(case.opened.conditions_of(rule).to_hold(episode.step), as_known) or judged(asked)
    if isinstance(outcome, Refused) and not case.refuse(episode, outcome):
        return False
    if not rule.shadow:
        note_exit(case.person, signal.visitor, signal.at)
        few_exits(case.person, case.effects.cut)
    if isinstance(outcome, Allowed):
        about = LINES if cart else VIEWED
        case.fire(episode, rule, channel=channel_of(asked), of_device=ROW.of_device, about=about, cart=cart)
    return not rule.shadow


def _came_to_nothing(profile: Profile, signal: ExitSignalled, at: int) -> bool:
    """Whether the visitor's exit intent of that time, all if there were several signals then, was taken back, or ended
    without having been delivered."""
    released = [
        is_released(fired)
        for fired in held(profile)
        if fired.kind == ROW.kind and fired.anchor == at and fired.visitor == signal.visitor
    ]
    return bool(released) and all(released)


def episode_of(rule: ExitIntent, signal: ExitSignalled) -> Episode:
    """The occasion: anchor and due are the signal's time."""
    at, visitor = signal.at, signal.visitor
    return begun(rule, at, at, signal.event_id, visitor, visitor, signal.session_start, signal.products)


def why_not(
    rule: ExitIntent, signal: ExitSignalled, cart: Cart, orders: list[int], exited_at: int | None
) -> Reason | None:
    """What speaks against it: `orders` are the times of the person's known orders, `exited_at` that of the visitor's
    last exit intent. Both ends of [session start, signal] count."""
    if exited_at is not None and exited_at >= signal.session_start:
        return Reason.FIRED_IN_SESSION
    if any(signal.session_start <= at <= signal.at for at in orders):
        return Reason.ORDERED_IN_SESSION
    if signal.views >= rule.min_views or is_worth(cart, rule.min_cart_value, rule.currency):
        return None
    return Reason.BELOW_THRESHOLD


ROW: Row = Row(
    kind="exit_intent",
    section=ExitIntent,
    hears=frozenset({ExitSignalled.fact}),
    judge=judge,
    of_device=True,
)
