"""When a person was last spoken to by a rule: what was delivered, or is on its way. What reached nobody does not count.

Where nobody sends receipts, what was fired counts as delivered.
"""

from collections.abc import Collection

from schemas.deliveries import DeliveryState
from schemas.person import Fired, Person

DELIVERED = DeliveryState.DELIVERED.value


def is_released(fired: Fired) -> bool:
    """Whether the trigger reached nobody and never will: then it is as if the rule had not spoken."""
    return fired.settled and not fired.delivered


def heard_at(person: Person, rule_id: str) -> int | None:
    """The due time of the rule's last trigger that was delivered or is on its way; None if there is none."""
    spoke = person.spoke.get(rule_id)
    if spoke is None:
        return None
    dues = [fired.due for fired in person.fired if fired.rule_id == rule_id and not is_released(fired)]
    return max([spoke.at, *dues]) or None


def let_go(person: Person, gone: Collection[Fired]) -> None:
    """Keep no more of these triggers than when their rules were last heard."""
    for fired in gone:
        spoke = person.spoke.get(fired.rule_id)
        if spoke is not None and not is_released(fired):
            spoke.at = max(spoke.at, fired.due)
    ids = {fired.trigger_id for fired in gone}
    person.fired = [fired for fired in person.fired if fired.trigger_id not in ids]
