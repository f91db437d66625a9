"""An occasion as it begins to wait, and as it is remembered once its trigger has gone."""

from typing import Any, Final

from schemas.facts.profile_facts import CLICK
from schemas.rules.base import RuleBase
from schemas.state.person import Episode, Fired
from streams.person.waiting import rings_at

FIRST_STEP: Final = 1
NOT_PUT_OFF: Final = 0
NOT_ASKED_YET: Final = 0
NOTHING_SAID: Final[dict[str, Any]] = {}


def begun(
    rule: RuleBase,
    anchor: int,
    due: int,
    event_id: str,
    origin: str,
    visitor: str | None,
    start: int,
    products: tuple[str, ...] = (),
    several: bool = False,
    class_: int = CLICK,
    same: str = "",
    said: dict[str, Any] = NOTHING_SAID,
    was: int = 0,
) -> Episode:
    """The occasion that waits from `anchor` until `due`, ms, for the rule's first step. One is made for every change of
    a cart, so by position: names would cost as much again."""
    return Episode(
        rule.id,
        rule.version,
        rule.kind,
        anchor,
        due,
        event_id,
        origin,
        visitor,
        start,
        products,
        FIRST_STEP,
        NOT_PUT_OFF,
        NOT_ASKED_YET,
        class_,
        several,
        same,
        said,
        was,
    )


def sent(
    episode: Episode, rule: RuleBase, trigger_id: str, key: str, fired_at: int, channel: str, *, receipts: bool
) -> Fired:
    """The trigger of the occasion, as long as it can be taken back. A shadow's went nowhere: it counts as delivered,
    and there is nothing to take back. Where nobody sends `receipts`, each counts as delivered."""
    return Fired(
        trigger_id,
        key,
        rule.id,
        episode.rule_version,
        episode.kind,
        episode.anchor,
        episode.due,
        fired_at,
        episode.visitor,
        settled=rule.shadow,
        cancelled=rule.shadow,
        delivered=rule.shadow or not receipts,
        start=episode.start,
        step=episode.step,
        shadow=rule.shadow,
        at=rings_at(episode),
        channel=channel,
        category=rule.category,
        same=episode.same,
        origin=episode.origin,
        was=episode.was,
    )
